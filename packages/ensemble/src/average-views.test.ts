import type { Predictions } from '@podium/core';
import { expect, test } from 'vitest';
import { furthest, makeMembers } from '../test/make-members.ts';
import { averageViews, geometricMean, mean } from './index.ts';

const { members: views } = makeMembers(1);
const [first] = views as [Predictions];

test('averages probabilities, logarithms or logits', () => {
  expect(averageViews(views).values).toEqual(mean(views).values);
  expect(averageViews(views, { of: 'log-probability' }).values).toEqual(geometricMean(views).values);
  const logits = averageViews(views, { of: 'logit', weights: [1, 1, 0, 0] });
  expect(logits.kind).toBe('logits');
  expect(logits.values[5]).toBeCloseTo((views[0]!.values[5]! + views[1]!.values[5]!) / 2, 6);
  // The mean of logits and the geometric mean of probabilities are one.
  expect(
    furthest(averageViews(views, { of: 'logit' }).softmax().values, geometricMean(views).values),
  ).toBeLessThan(1e-6);
});

test('one view stays as it is', () => {
  expect(averageViews([first], { of: 'logit' }).values).toEqual(first.values);
  expect(furthest(averageViews([first]).values, first.softmax().values)).toBeLessThan(1e-7);
});

test('cannot average logits of views without logits', () => {
  expect(() => averageViews([first, first.softmax()], { of: 'logit' })).toThrow(
    /the values of view 1: expected logits, got probabilities/,
  );
});
