export type { Progress, TrainingCheckpoint } from './checkpoint.ts';
export { readCheckpointFolder } from './folder.ts';
export {
  type CheckpointStore,
  type CheckpointStoreOptions,
  createCheckpointStore,
  type StoredCheckpoint,
} from './store.ts';
