const LITE0 = { model: 'tf_efficientnet_lite0', pretrained: 'pypi' };
const SMALL = { ...LITE0, imageSize: 128, batchSize: 16 };
const LPFT_MORE = {
  method: 'transfer',
  plan: 'little-dissimilar',
  epochs: 12,
  learningRate: 2e-3,
  augment: 'light',
  ema: 0.98,
  views: ['whole', 'flip'],
};

/** Settings of a run. */
export type Recipe = Readonly<Record<string, unknown>>;

/** The recipe that others are compared with. */
export const BASELINE = 'probe';

/** Ways to use EfficientNet-Lite0 on a few hundred photographs, and a network from scratch. */
export const RECIPES: Readonly<Record<string, Recipe>> = {
  // Frozen features and a linear classifier.
  [BASELINE]: one({ ...LITE0, method: 'probe', views: ['whole'] }),
  'probe-flip': one({ ...LITE0, method: 'probe', views: ['whole', 'flip'] }),
  'probe-crops': one({ ...LITE0, method: 'probe', views: ['whole', 'flip', 'five-crops'] }),
  'probe-128': one({ ...LITE0, method: 'probe', imageSize: 128, views: ['whole'] }),
  // Trains everything from the first step.
  'full-128': one({
    ...SMALL,
    name: 'full-128',
    method: 'full',
    epochs: 8,
    learningRate: 5e-4,
    augment: 'none',
    ema: 0,
    views: ['whole'],
  }),
  // Trains the classifier first, then everything with layer decay and frozen batch norm.
  'lpft-128': one({
    ...SMALL,
    name: 'lpft-128',
    method: 'transfer',
    plan: 'little-dissimilar',
    epochs: 10,
    learningRate: 2e-3,
    augment: 'none',
    ema: 0,
    views: ['whole'],
  }),
  // The same with light augmentation, an average of the weights, and two views.
  'lpft-more-128': one({ ...SMALL, ...LPFT_MORE, name: 'lpft-more-128' }),
  // The same at the network's original size.
  'lpft-more-224': one({ ...LITE0, ...LPFT_MORE, batchSize: 16, name: 'lpft-more-224' }),
  'small-net-48': one({ model: 'small-net', imageSize: 48, epochs: 12, augment: 'light', views: ['whole'] }),
};

function one(model: Readonly<Record<string, unknown>>): Recipe {
  return { models: [model] };
}
