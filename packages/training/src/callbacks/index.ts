// Every callback, one line each.
export { type EarlyStoppingOptions, earlyStopping, earlyStoppingSettings } from './early-stopping.ts';
export { type GradientSample, gradientMonitor } from './gradient-monitor.ts';
export { type ModelCheckpointOptions, modelCheckpoint } from './model-checkpoint.ts';
export { type ProgressReport, progress } from './progress.ts';
export { type TensorBoardOptions, tensorBoard } from './tensorboard.ts';
