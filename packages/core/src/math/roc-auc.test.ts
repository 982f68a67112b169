import { expect, test } from 'vitest';
import { rankRows, rocAuc } from './roc-auc.ts';

const auc = (scores: readonly number[], positive: readonly number[], weights?: readonly number[]) =>
  rocAuc(
    rankRows(
      scores.length,
      (row) => scores[row]!,
      (row) => positive[row] === 1,
    ),
    weights ?? scores.map(() => 1),
  );

test('is the share of pairs in the right order, ties counting half', () => {
  // scikit-learn's roc_auc_score.
  expect(auc([0.1, 0.4, 0.35, 0.8, 0.4, 0.4, 0.1, 0.9], [0, 0, 1, 1, 1, 0, 1, 0])).toBe(0.40625);
  expect(auc([1, 2, 3], [0, 1, 1])).toBe(1);
  expect(auc([1, 1], [0, 1])).toBe(0.5);
  expect(auc([1, 2], [1, 1])).toBeNaN();
});

test('a weight of 2 is a row that occurs twice, a weight of 0 one that does not', () => {
  expect(auc([1, 2, 3, 9], [0, 1, 0, 1], [2, 1, 1, 0])).toBe(auc([1, 1, 2, 3], [0, 0, 1, 0]));
});
