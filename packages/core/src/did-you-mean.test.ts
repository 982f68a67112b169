import fc from 'fast-check';
import { expect, test } from 'vitest';
import { didYouMean } from './did-you-mean.ts';

const names = [
  'resnet18',
  'resnet34',
  'resnet101',
  'mobilenetv2_100',
  'efficientnet_lite0',
  'vit_tiny',
  'cat',
];

test.each([
  ['resnet81', 'resnet18'],
  ['ResNet-34', 'resnet34'],
  ['mobilenet_v2_100', 'mobilenetv2_100'],
  ['eficientnet_lite0', 'efficientnet_lite0'],
  ['act', 'cat'],
  ['caat', 'cat'],
])('%s -> %s', (typed, meant) => {
  expect(didYouMean(typed, names)).toBe(meant);
});

test.each(['', 'zebra', 'xyz', 'dog'])('"%s" is near to none', (typed) => {
  expect(didYouMean(typed, names)).toBeUndefined();
});

test('a name itself is nearest to itself, and the suggestion is one of the candidates', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), fc.string(), (candidates, typed) => {
      const suggestion = didYouMean(typed, candidates);
      if (suggestion !== undefined) expect(candidates).toContain(suggestion);
      const own = candidates[0]!;
      const fold = (text: string) => text.toLowerCase().replaceAll(/[-_\s]/g, '');
      expect(fold(didYouMean(own, candidates)!)).toBe(fold(own));
    }),
  );
});
