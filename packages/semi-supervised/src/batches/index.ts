export { type SemiSupervisedBatch, splitViews, type ViewBatch } from './batch.ts';
export { type BatchTensors, toTensors, type Views } from './batch-tensors.ts';
export { type OpenBatches, pairBatches } from './pair-batches.ts';
