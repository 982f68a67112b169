export type { Progress, TaskState, TrainingCheckpoint } from './checkpoint.ts';
export { readCheckpointFolder } from './checkpoint-folder.ts';
export {
  type CheckpointStore,
  type CheckpointStoreOptions,
  createCheckpointStore,
  type StoredCheckpoint,
} from './checkpoint-store.ts';
export {
  compareConfigs,
  configSnapshot,
  describeChange,
  type SettingChange,
} from './config-snapshot.ts';
