import { type Ranking, rankRows } from '@podium/core';
import { type ColumnScore, correlation, meanOfColumns } from '../columns.ts';
import { defineMetric, type Metric } from '../metric.ts';

/**
 * Spearman's rank correlation of true and predicted numbers, averaged over columns; SciPy's spearmanr. Equal numbers share
 * their mean rank. Undefined if either list does not vary.
 */
export const spearman: Metric = defineMetric({
  name: 'spearman',
  title: 'Spearman correlation',
  meaning:
    'How well predicted numbers put the images in the order of the true ones, averaged over columns; 1 is perfect, 0 is chance.',
  direction: 'higher',
  range: [-1, 1],
  needs: 'numbers',
  tasks: ['regression'],
  prepare: (rows) => meanOfColumns(rows, ofRanks),
});

const ofRanks: ColumnScore = ({ truth, predicted }) => {
  const rank = (values: Float64Array) =>
    rankRows(
      values.length,
      (row) => values[row]!,
      () => false,
    );
  const [trueOrder, predictedOrder] = [rank(truth), rank(predicted)];
  return (weights) =>
    correlation(weightedRanks(trueOrder, weights), weightedRanks(predictedOrder, weights), weights);
};

/**
 * Ranks `[N]` from the highest number to the lowest, up to a constant: the weight before a row and half the weight of its
 * ties, so that a row of weight n counts as n equal rows.
 */
function weightedRanks({ order, ends }: Ranking, weights: Float64Array): Float64Array {
  const ranks = new Float64Array(order.length);
  let [before, tied, start] = [0, 0, 0];
  for (let i = 0; i < order.length; i++) {
    tied += weights[order[i]!]!;
    if (ends[i] === 0) continue;
    for (let j = start; j <= i; j++) ranks[order[j]!] = before + tied / 2;
    before += tied;
    tied = 0;
    start = i + 1;
  }
  return ranks;
}

export const entries: readonly Metric[] = [spearman];
