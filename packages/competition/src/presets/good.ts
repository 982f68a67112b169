import type { Preset } from './preset.ts';

export const good: Preset = {
  name: 'good',
  summary: 'two models, five folds, two views of every image, blended',
  models: [
    ['tf_efficientnet_lite0', 'efficientnet_b0', 'mobilenetv3_large_100'],
    ['resnet50', 'tf_efficientnet_lite1', 'resnet18'],
  ],
  folds: 5,
  seeds: [1],
  views: ['whole', 'flip'],
  imagesSeen: 300_000,
  epochs: { transfer: [4, 20], full: [5, 60] },
  trainingSize: 224,
  ensemble: 'log-loss-weights',
  timeLimit: '30 min',
};
