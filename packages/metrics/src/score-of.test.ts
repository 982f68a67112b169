import { Predictions, Rng } from '@podium/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { logLoss, metrics, scoreOf, scoreRows } from './index.ts';

/** Random predictions of four classes, of which not all occur. */
function draw(seed: number, kind: 'logits' | 'probabilities'): { rows: Predictions; truth: Int32Array } {
  const rng = Rng.fromSeed(seed);
  const logits = new Predictions({
    ids: Array.from({ length: 30 }, (_, row) => `${row}.jpg`),
    classes: ['a', 'b', 'c', 'd'],
    kind: 'logits',
    values: rng.fillNormal(new Float32Array(120), 0, 3),
  });
  return {
    rows: kind === 'logits' ? logits : logits.softmax(),
    truth: Int32Array.from({ length: 30 }, () => rng.int(3)),
  };
}

test.each(metrics.list().filter(({ tasks }) => tasks.includes('single-label')))(
  'scores as the metric does: $name',
  (metric) => {
    const { name, direction, score } = scoreOf(metric.name);
    expect({ name, direction }).toEqual({ name: metric.name, direction: metric.direction });
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom('logits', 'probabilities'), (seed, kind) => {
        const { rows, truth } = draw(seed, kind as 'logits');
        const scored = scoreRows(rows, truth);
        expect(score(truth, rows)).toBe(metric.prepare(scored)(scored.weights));
      }),
      { numRuns: 10 },
    );
  },
);

test('clips log loss at the epsilon of float32, and is NaN where there is no score', () => {
  const rows = { classes: ['a', 'b'], kind: 'probabilities', task: 'single-label' } as const;
  const sure = { ...rows, values: Float32Array.of(0, 1) };
  expect(scoreOf('log-loss').score(Int32Array.of(0), sure)).toBe(23 * Math.LN2);
  expect(scoreOf('log-loss').score(Int32Array.of(1), sure)).toBe(0);
  expect(logLoss().compute(scoreRows(sure, [0]))).toBeCloseTo(52 * Math.LN2, 12);
  expect(scoreOf('roc-auc-macro').score(Int32Array.of(0), sure)).toBeNaN();
});
