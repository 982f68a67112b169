import { PodiumError } from '@podium/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseHubConfig } from './hub-config.ts';

/** In the form that timm 1.0 writes. */
const TIMM = {
  architecture: 'resnet18',
  num_classes: 1000,
  num_features: 512,
  pretrained_cfg: {
    tag: 'a1_in1k',
    custom_load: false,
    input_size: [3, 224, 224],
    test_input_size: [3, 288, 288],
    fixed_input_size: false,
    interpolation: 'bicubic',
    crop_pct: 0.95,
    test_crop_pct: 1.0,
    crop_mode: 'center',
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
    num_classes: 1000,
    pool_size: [7, 7],
    first_conv: 'conv1',
    classifier: ['fc', 'fc_dist'],
    license: 'apache-2.0',
    paper_ids: 'arXiv:2110.00476',
  },
};

test("timm's config.json", () => {
  expect(parseHubConfig(JSON.stringify(TIMM))).toEqual({
    architecture: 'resnet18',
    numClasses: 1000,
    numFeatures: 512,
    pretrained: {
      tag: 'a1_in1k',
      inputSize: [3, 224, 224],
      testInputSize: [3, 288, 288],
      fixedInputSize: false,
      interpolation: 'bicubic',
      cropPct: 0.95,
      testCropPct: 1,
      cropMode: 'center',
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      numClasses: 1000,
      poolSize: [7, 7],
      firstConv: ['conv1'],
      classifier: ['fc', 'fc_dist'],
      license: 'apache-2.0',
    },
  });
});

test("timm's first form, and null for what is not there", () => {
  const { architecture, pretrained_cfg } = TIMM;
  const old = JSON.stringify({ architecture, ...pretrained_cfg, pool_size: null, interpolation: 'lanczos' });
  expect(parseHubConfig(old).pretrained).toMatchObject({
    inputSize: [3, 224, 224],
    interpolation: 'lanczos3',
  });
  expect(parseHubConfig(old).pretrained).not.toHaveProperty('poolSize');
});

test.each<[string, object, RegExp]>([
  [
    'architecture',
    { architecture: undefined },
    /architecture: expected a name such as "resnet18", got nothing/,
  ],
  ['num_classes', { num_classes: '1000' }, /num_classes: expected a whole number of 0 or more, got "1000"/],
  ['pretrained_cfg', { pretrained_cfg: [] }, /pretrained_cfg: expected an object, got \[\]/],
  [
    'input_size',
    cfg({ input_size: [224, 224] }),
    /cfg\.input_size: expected \[channels, height, width\], got \[224/,
  ],
  ['input_size', cfg({ input_size: [3, 224, 0.5] }), /cfg\.input_size/],
  ['mean', cfg({ mean: [0.5, 0.5] }), /cfg\.mean: expected 3 numbers, one per channel, got \[0\.5,0\.5\]/],
  ['std', cfg({ std: [0, 1, 1] }), /cfg\.std: expected a list of positive numbers/],
  ['crop_pct', cfg({ crop_pct: 87.5 }), /cfg\.crop_pct: expected a number above 0, at most 1, got 87\.5/],
  ['interpolation', cfg({ interpolation: 'bicubc' }), /nearest\|bilinear.*did you mean "bicubic"/],
  ['fixed_input_size', cfg({ fixed_input_size: 'no' }), /expected true or false/],
  ['classifier', cfg({ classifier: 5 }), /expected a text or a list of texts, got 5/],
])('a wrong %s is an error that names it', (_, change, message) => {
  const parse = (): unknown => parseHubConfig(JSON.stringify({ ...TIMM, ...change }), 'x/config.json');
  expect(parse).toThrow(PodiumError);
  expect(parse).toThrow(message);
  expect(parse).toThrow(/^x\/config\.json /);
});

test.each(['', '{', '<!doctype html>', '[]', 'null', '3'])('%j is not a config.json', (text) => {
  expect(() => parseHubConfig(text)).toThrow(PodiumError);
});

test('any content is a config or a PodiumError', () => {
  const keys = [...Object.keys(TIMM), ...Object.keys(TIMM.pretrained_cfg), '__proto__', 'constructor'];
  fc.assert(
    fc.property(
      fc.constantFrom(...keys),
      fc.boolean(),
      fc.jsonValue({ maxDepth: 2 }),
      (key, inner, value) => {
        const change = { [key]: value };
        try {
          parseHubConfig(JSON.stringify({ ...TIMM, ...(inner ? cfg(change) : change) }));
        } catch (error) {
          expect(error).toBeInstanceOf(PodiumError);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

function cfg(change: object): object {
  return { pretrained_cfg: { ...TIMM.pretrained_cfg, ...change } };
}
