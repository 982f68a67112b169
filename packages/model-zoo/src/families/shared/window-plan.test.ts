import { expect, test } from 'vitest';
import { windowPlan } from './window-plan.ts';

test('without a shift, windows in reading order and no mask', () => {
  const { padded, count, order, mask } = windowPlan([2, 4], [2, 2], [0, 0], 'rollFirst');
  expect([padded, count, Array.from(order), mask]).toEqual([[2, 4], 2, [0, 1, 4, 5, 2, 3, 6, 7], undefined]);
});

test('a shift rolls the map, and the mask keeps apart what it brought together', () => {
  const { order, mask, count } = windowPlan([1, 4], [1, 2], [0, 1], 'rollFirst');
  expect([count, Array.from(order)]).toEqual([2, [1, 2, 3, 0]]);
  expect(Array.from(mask!)).toEqual([0, 0, 0, 0, 0, -100, -100, 0]);
});

test.each([
  ['rollFirst', [1, 2, 0, 3]],
  ['padFirst', [1, 2, 3, 0]],
] as const)('filling is rolled by torchvision, not by timm: %s', (rule, expected) => {
  expect(Array.from(windowPlan([1, 3], [1, 2], [0, 1], rule).order)).toEqual(expected);
});

test('a window that covers the filled map is not shifted where filling comes first', () => {
  expect(windowPlan([2, 2], [3, 3], [1, 1], 'padFirst').mask).toBeUndefined();
});
