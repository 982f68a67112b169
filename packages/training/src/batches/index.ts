export type { BatchPosition, BatchSource, ImageBatch, TrainingBatch } from './batch.ts';
export {
  denseTargets,
  imagesToTensor,
  type LabeledHead,
  toTensors,
} from './batch-tensors.ts';
