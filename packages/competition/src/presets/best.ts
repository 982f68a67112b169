import type { Preset } from './preset.ts';

export const best: Preset = {
  name: 'best',
  summary: 'four kinds of networks, five folds, two seeds, stacked views: hours on a CPU, for the last days',
  models: [
    ['tf_efficientnet_lite0', 'efficientnet_b0'],
    ['resnet50', 'tf_efficientnet_lite1'],
    ['convnext_tiny', 'convnext_nano'],
    ['vit_small_patch16_224', 'deit_small_patch16_224'],
  ],
  folds: 5,
  seeds: [1, 2],
  views: ['whole', 'flip'],
  imagesSeen: 1_000_000,
  epochs: { transfer: [8, 40], full: [10, 150] },
  trainingSize: 288,
  ensemble: 'selection',
  timeLimit: '4 h',
};
