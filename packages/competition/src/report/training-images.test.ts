import { expect, test } from 'vitest';
import { describeStep, modelOf } from './training-images.ts';

test.each([
  ['horizontalFlip', { name: 'horizontalFlip' }],
  [{ horizontalFlip: {} }, { name: 'horizontalFlip', settings: '' }],
  [
    { randomResizedCrop: { size: 224, scale: [0.08, 1], interpolation: 'bicubic' } },
    { name: 'randomResizedCrop', settings: 'size 224; scale 0.08 to 1; interpolation bicubic' },
  ],
  [{ randAugment: { fill: [124, 116, 104] } }, { name: 'randAugment', settings: 'fill 124, 116, 104' }],
  [
    { oneOf: { p: 0.3, steps: [{ gaussianBlur: { p: 1 } }, 'jpeg'] } },
    { name: 'oneOf', settings: 'p 0.3; gaussianBlur, jpeg' },
  ],
  [{ shuffled: ['hue', 'gamma'] }, { name: 'shuffled', settings: 'hue, gamma' }],
])('%o', (step, expected) => {
  expect(describeStep(step)).toEqual(expected);
});

test.each([
  ['train[resnet18,seed=1,fold=0]', 'resnet18'],
  ['student[a,b,round=1,seed=1,fold=0]', 'a,b'],
  ['member[resnet18]', 'resnet18'],
  ['score', 'score'],
])('the model of %s', (name, model) => {
  expect(modelOf(name)).toBe(model);
});
