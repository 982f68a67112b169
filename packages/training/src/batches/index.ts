export type { BatchPosition, BatchSource, ImageBatch, TrainingBatch } from './batch.ts';
export {
  type BatchTensors,
  denseTargets,
  imagesToTensor,
  type LabeledHead,
  toTensors,
} from './batch-tensors.ts';
