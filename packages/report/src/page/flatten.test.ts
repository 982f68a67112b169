import { expect, test } from 'vitest';
import { flatten } from './flatten.ts';

test('nested settings become dotted paths', () => {
  const settings = {
    model: 'resnet18',
    optimizer: { name: 'adamw', betas: [0.9, 0.999] },
    augment: [{ resize: { size: 224 } }, 'flip'],
    nothing: null,
    empty: {},
    left: undefined,
    on: true,
  };
  expect(flatten(settings)).toEqual([
    ['model', 'resnet18'],
    ['optimizer.name', 'adamw'],
    ['optimizer.betas', '[0.9, 0.999]'],
    ['augment[0].resize.size', '224'],
    ['augment[1]', 'flip'],
    ['nothing', 'null'],
    ['empty', '{}'],
    ['on', 'true'],
  ]);
});
