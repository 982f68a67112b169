import { argmax, type Score } from '@podium/core';
import { macroF1OfCounts } from '../src/macro-f1/macro-f1-of-counts.ts';
import { probabilitiesOf } from '../src/members/probabilities.ts';

/*
 * Scores for tests, which are compared with scikit-learn in references.test.ts. Users pass `scoreOf(name)` of
 * `@podium/metrics`, which this package must not import.
 */

export const macroF1: Score = {
  name: 'f1-macro',
  direction: 'higher',
  score: (truth, { values, classes }) => {
    const [hits, actual, predicted] = [0, 1, 2].map(() => new Uint32Array(classes.length)) as [
      Uint32Array,
      Uint32Array,
      Uint32Array,
    ];
    truth.forEach((label, row) => {
      const guess = argmax(values, row * classes.length, classes.length);
      actual[label]!++;
      predicted[guess]!++;
      if (guess === label) hits[guess]!++;
    });
    return macroF1OfCounts(hits, actual, predicted);
  },
};

export const accuracy: Score = {
  name: 'accuracy',
  direction: 'higher',
  score: (truth, { values, classes }) => {
    const width = classes.length;
    return truth.filter((label, row) => argmax(values, row * width, width) === label).length / truth.length;
  },
};

export const logLoss: Score = {
  name: 'log-loss',
  direction: 'lower',
  score: (truth, rows) => {
    const values = probabilitiesOf(rows);
    const losses = Array.from(truth, (label, row) => {
      const p = values[row * rows.classes.length + label]!;
      return -Math.log(Math.min(1, Math.max(p, 2 ** -23)));
    });
    return losses.reduce((sum, loss) => sum + loss, 0) / truth.length;
  },
};
