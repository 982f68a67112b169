import type { StateTensor } from '@podium/nn';
import { expect, test } from 'vitest';
import { compareState, renderLoadReport } from './compare-state.ts';

function tensor(...shape: number[]): StateTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return { dtype: 'float32', shape, data: new Float32Array(count) };
}

test('every kind of difference', () => {
  const wanted = new Map([
    ['stem.weight', [8, 3, 3, 3]],
    ['pos_embed', [1, 5, 4]],
    ['fc.weight', [18, 8]],
    ['fc.bias', [18]],
    ['gamma', []],
  ]);
  const given = new Map([
    ['stem.weight', tensor(8, 3, 3, 3)],
    ['pos_embed', tensor(1, 5, 4)],
    ['fc.weight', tensor(10, 8)],
    ['head.bias', tensor(10)],
    ['gamma', tensor()],
  ]);
  const report = compareState(wanted, given, new Map([['pos_embed', [1, 10, 4]]]));
  expect(report).toEqual({
    matched: ['gamma', 'stem.weight'],
    missing: [{ name: 'fc.bias', shape: [18] }],
    unexpected: [{ name: 'head.bias', shape: [10] }],
    mismatched: [{ name: 'fc.weight', wanted: [18, 8], given: [10, 8] }],
    resized: [{ name: 'pos_embed', wanted: [1, 5, 4], given: [1, 10, 4] }],
  });
  expect(renderLoadReport(report)).toBe(
    [
      '3 of 5 tensors matched, 1 of them resized, 1 missing, 1 of another shape, 1 unexpected',
      'missing (the checkpoint lacks them):',
      '  fc.bias (18,)',
      'of another shape:',
      '  fc.weight model (18, 8), checkpoint (10, 8)',
      'unexpected (the model has no such names):',
      '  head.bias (10,)',
      'resized:',
      '  pos_embed model (1, 5, 4), checkpoint (1, 10, 4)',
    ].join('\n'),
  );
});

test('all is well in one line', () => {
  const report = compareState(new Map([['w', [2]]]), new Map([['w', tensor(2)]]));
  expect(renderLoadReport(report)).toBe('1 of 1 tensors matched');
});

test('a long list is grouped by the first parts of the names', () => {
  const names = [0, 1].flatMap((layer) =>
    [0, 1, 2, 3].flatMap((block) =>
      ['weight', 'bias', 'mean'].map((what) => `layer${layer}.${block}.bn.${what}`),
    ),
  );
  const report = compareState(new Map([...names, 'fc.bias'].map((name) => [name, [1]])), new Map());
  expect(renderLoadReport(report).split('\n').slice(0, 5)).toEqual([
    '0 of 25 tensors matched, 25 missing',
    'missing (the checkpoint lacks them):',
    '  fc.bias',
    '  layer0.0.bn.* (3)',
    '  layer0.1.bn.* (3)',
  ]);
});

test('a very long list is cut, and the rest counted', () => {
  const names = Array.from({ length: 400 }, (_, i) => `part${String(i).padStart(3, '0')}.weight`);
  const report = compareState(new Map(), new Map(names.map((name) => [name, tensor(1)])));
  const lines = renderLoadReport(report).split('\n');
  expect(lines).toHaveLength(15);
  expect(lines.at(-1)).toBe('  and 388 more');
});
