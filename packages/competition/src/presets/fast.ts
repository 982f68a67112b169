import type { Preset } from './preset.ts';

export const fast: Preset = {
  name: 'fast',
  summary: 'one small model, three folds: a first score in minutes',
  models: [['tf_efficientnet_lite0', 'mobilenetv3_large_100', 'resnet18']],
  folds: 3,
  seeds: [1],
  views: ['whole'],
  imagesSeen: 60_000,
  epochs: { transfer: [2, 8], full: [3, 24] },
  trainingSize: 160,
  ensemble: 'log-loss-weights',
  timeLimit: '5 min',
};
