export { csvLog, historyCsv } from './csv-log.ts';
export { type EarlyStoppingOptions, earlyStopping } from './early-stopping.ts';
export { type GradientSample, gradientMonitor } from './gradient-monitor.ts';
export { mixingOff } from './mixing-off.ts';
export { type ModelCheckpointOptions, modelCheckpoint } from './model-checkpoint.ts';
export { type ProgressReport, progress } from './progress.ts';
export { type TensorBoardOptions, tensorBoard } from './tensorboard.ts';
export { timeLimit } from './time-limit.ts';
