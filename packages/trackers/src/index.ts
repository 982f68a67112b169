/**
 * Records of trainings in the formats of TensorBoard, Weights & Biases and MLflow: curves, images, histograms.
 *
 * @example
 * const tracker = trackers.get('tensorboard').create({ folder: 'logs' }, { folder: '.', now });
 * const log = await tracker.open({ name: 'resnet18', key, competition: 'masks', step: 0, settings: {} });
 * await log.addPoints([{ step: 1, values: { 'train/loss': 0.5 } }]);
 * await log.close('finished');
 */

export { trackers } from './registry.ts';
export { type EventFile, type EventFileOptions, openEventFile } from './tensorboard/event-file.ts';
export { type EventFolder, readEventFolders } from './tensorboard/read-events.ts';
export {
  defineTracker,
  type Ending,
  type LoggedImage,
  type Point,
  type Tracker,
  type TrackerContext,
  type TrackerEntry,
  type Training,
  type TrainingLog,
} from './tracker.ts';
