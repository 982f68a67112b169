import { readFileSync } from 'node:fs';
import type { PredictionTask } from '@podium/core';
import { describe, expect, test } from 'vitest';
import { metrics, scoreRows } from './index.ts';

interface Case {
  readonly name: string;
  readonly task: PredictionTask;
  readonly classes: number;
  readonly truth: number[];
  readonly values: number[];
  readonly weights: number[] | null;
  readonly columnWeights?: number[];
  readonly expected: Record<string, number | null>;
}

const { cases } = JSON.parse(
  readFileSync(new URL('./fixtures/number-metrics.json', import.meta.url), 'utf8'),
) as {
  cases: Case[];
};

test.each(cases)('scikit-learn, SciPy and the competitions agree: $name', (one) => {
  const rows = scoreRows(
    {
      task: one.task,
      classes: Array.from({ length: one.classes }, (_, k) => `column ${k}`),
      kind: one.task === 'regression' ? 'numbers' : 'probabilities',
      values: Float64Array.from(one.values),
    },
    one.truth,
    { ...(one.weights && { weights: one.weights }), columnWeights: one.columnWeights },
  );
  for (const [name, theirs] of Object.entries(one.expected)) {
    const ours = metrics.get(name).prepare(rows)(rows.weights);
    if (theirs === null) expect(ours, name).toBeNaN();
    else {
      const deviation = Math.abs(ours - theirs) / Math.max(Math.abs(theirs), 1e-3);
      expect(deviation, `${name}: ${ours} for ${theirs}`).toBeLessThan(1e-9);
    }
  }
});

describe('rows that cannot be scored', () => {
  const regression = { task: 'regression', kind: 'numbers', classes: ['age', 'height'] } as const;
  const two = { ...regression, values: Float64Array.of(1, 2, 3, 4), ids: ['a.jpg', 'b.jpg'] };

  test.each([
    ['too few numbers', [1, 2, 3], /2 rows x 2 columns = 4 numbers, got 3/],
    ['NaN', [1, 2, 3, Number.NaN], /row 1 \("b.jpg"\), column "height": expected a finite number, got NaN/],
    ['infinite', [1, Number.POSITIVE_INFINITY, 3, 4], /row 0 \("a.jpg"\), column "height".*Infinity/],
  ])('truth: %s', (_, truth, message) => {
    expect(() => scoreRows(two, truth)).toThrow(message);
  });

  test.each([[[1]], [[0, 0]], [[1, -1]], [[1, Number.NaN]]])('column weights %j', (columnWeights) => {
    expect(() => scoreRows(two, [1, 2, 3, 4], { columnWeights })).toThrow(
      /columnWeights: expected one finite/,
    );
  });

  test('numbers that do not vary have no R², and the error says why', () => {
    const rows = scoreRows(two, [1, 2, 1, 5]);
    expect(() => metrics.get('r2').compute(rows)).toThrow(/do not vary[\s\S]*rmse or mae/);
  });

  test('a metric of classes does not apply to numbers', () => {
    const rows = scoreRows(two, [1, 2, 3, 4]);
    expect(() => metrics.get('accuracy').compute(rows)).toThrow('expected single-label, got regression');
  });
});
