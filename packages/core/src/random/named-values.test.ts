import { expect, test } from 'vitest';
import { fillByName, namedValues } from './named-values.ts';

test('a name gives the same values everywhere', () => {
  expect(Array.from(namedValues('input', 3))).toEqual([
    0.9607202401384711, 0.5847392263822258, 0.2583402148447931,
  ]);
  expect(Array.from(namedValues('input', 2))).toEqual(Array.from(namedValues('input', 5)).slice(0, 2));
});

test('scale and offset follow from the last part of the name and the shape', () => {
  const range = (name: string, shape: number[]) => {
    const values = fillByName(name, shape);
    return [Math.min(...values), Math.max(...values)].map((value) => Number(value.toFixed(1)));
  };
  expect(range('conv.weight', [64, 3, 2, 2])).toEqual([-0.5, 0.5]);
  expect(range('norm.weight', [1000])).toEqual([0.9, 1.1]);
  expect(range('norm.bias', [1000])).toEqual([-0.1, 0.1]);
  expect(range('norm.running_var', [1000])).toEqual([0.5, 1.5]);
});
