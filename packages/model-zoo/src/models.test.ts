import { hashBytes } from '@podium/core';
import { loadEngine } from '@podium/engine';
import { currentRng, manualSeed, stateDict, summary } from '@podium/nn';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildModel } from './build-model.ts';
import { models } from './models.ts';

beforeAll(async () => void (await loadEngine({ threads: 2 })));

describe('multiply-adds', () => {
  // torchvision's, in billions, from the metadata of its weights.
  test.each([
    ['resnet18', 1.814],
    ['resnet50', 4.089],
    ['densenet121', 2.834],
    ['vgg16', 15.47],
    ['convnext_tiny', 4.456],
    ['swin_t', 4.491],
    ['vit_base_patch16_224', 17.564],
    ['efficientnet_b0', 0.386],
    ['mobilenetv2_100', 0.301],
    ['regnety_004', 0.402],
    ['squeezenet1_1', 0.349],
  ])('%s: %d billion', (name, billions) => {
    expect(models.get(name).multiplyAdds() / 1e9).toBeCloseTo(billions, 2);
  });

  test.each(['resnet18', 'vit_tiny_patch16_224', 'swin_tiny_patch4_window7_224', 'small-net'])(
    'of %s are those of its summary, at any size',
    (name) => {
      const { imageSize, multiplyAdds } = models.get(name);
      for (const size of [imageSize, 64]) {
        const model = buildModel(name, { imageSize: [size, size] });
        expect(multiplyAdds(size)).toBe(summary(model, [1, size, size, 3]).multiplyAdds);
      }
    },
  );

  test('leave the random streams alone', () => {
    const draw = (f: () => void) => {
      manualSeed('multiply-adds');
      f();
      return currentRng().uint32();
    };
    expect(draw(() => void models.get('resnet18').multiplyAdds(40))).toBe(draw(() => {}));
  });
});

// Recorded when small-net was drawn from the default stream: `manualSeed(seed)`, then its constructor.
test.each([
  [7, 48, { numClasses: 5 }, '14065f82ba1d56ad', 3473061191],
  ['x', 96, { heads: { a: 2, b: 3 } }, 'ce7261458b6a648d', 166038317],
  [1, 28, { numClasses: 10 }, '245c31105f233c78', 3839919843],
  [3, 16, { numClasses: 2 }, '7169c06327aae6fd', 3391151445],
] as const)('small-net keeps its initial weights: seed %s, %d pixels', (seed, size, options, hash, next) => {
  manualSeed(seed);
  const model = buildModel('small-net', { ...options, seed, imageSize: [size, size] });
  expect(currentRng().uint32()).toBe(next);
  const parts = [...stateDict(model)].map(
    ([path, { data }]) => path + hashBytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  );
  expect(hashBytes(parts.join('\n')).slice(0, 16)).toBe(hash);
  model.dispose();
});

test('every set of weights states its license', () => {
  const counts = new Map<string, number>();
  for (const { weights } of models)
    for (const { license } of weights) counts.set(license, (counts.get(license) ?? 0) + 1);
  expect([...counts.keys()].sort()).toEqual([
    'apache-2.0',
    'apple-amlr',
    'apple-ascl',
    'bsd-3-clause',
    'cc-by-nc-4.0',
    'dinov3-license',
    'fair-noncommercial-research-license',
    'fastvit-license',
    'mit',
    'mobileone-license',
    'seer-license',
    'unknown',
  ]);
  const licenseOf = (name: string, tag: string) =>
    models.get(name).weights.find((each) => each.tag === tag)?.license;
  expect(licenseOf('resnet18', 'a1_in1k')).toBe('apache-2.0');
  expect(licenseOf('resnet18', 'tv_in1k')).toBe('bsd-3-clause');
  expect(licenseOf('convnextv2_atto', 'fcmae_ft_in1k')).toBe('cc-by-nc-4.0');
  expect(licenseOf('swin_tiny_patch4_window7_224', 'ms_in1k')).toBe('mit');
  expect(licenseOf('vit_base_patch16_224', 'torchvision_swag_e2e_v1')).toBe('cc-by-nc-4.0');
  expect(licenseOf('tf_efficientnet_lite0', 'pypi')).toBe('apache-2.0');
});
