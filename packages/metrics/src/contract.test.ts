import { Rng } from '@podium/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MakeOptions, makeRows } from '../test/make-rows.ts';
import { bootstrap, type Metric, metrics, type ScoredRows, scoreRows } from './index.ts';
import { selectRows } from './scored-rows.ts';

const seeds = fc.integer({ min: 0, max: 1e6 });
const settings = { numRuns: 25 };

const near = (ours: number, theirs: number) => {
  if (Number.isNaN(theirs)) expect(ours).toBeNaN();
  else expect(Math.abs(ours - theirs)).toBeLessThan(1e-9 * Math.max(1, Math.abs(theirs)));
};
const own = (metric: Metric, rows: ScoredRows) => metric.prepare(rows)(rows.weights);

/** Rows whose every probability is the truth. */
function perfect({ task, truth, numbers, classes, length, weights }: ScoredRows): ScoredRows {
  const width = classes.length;
  if (task === 'regression')
    return scoreRows({ task, classes, kind: 'numbers', values: numbers.truth }, numbers.truth, { weights });
  const values = Float32Array.from({ length: length * width }, (_, i) =>
    task === 'multi-label' ? truth[i]! : Number(truth[Math.floor(i / width)] === i % width),
  );
  return scoreRows({ task, classes, kind: 'probabilities', values }, truth, { weights });
}

const pairs = [...metrics].flatMap((metric) =>
  metric.tasks.map((task): [string, Metric, MakeOptions] => [`${metric.name}, ${task}`, metric, { task }]),
);

describe.each(pairs)('%s', (_, metric, options) => {
  const make = (seed: number, more: MakeOptions = {}) => makeRows(seed, { classes: 7, ...options, ...more });

  test('is within its range', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 2, max: 6 }),
        fc.double({ min: -3, max: 6, noNaN: true }),
        (seed, classes, skill) => {
          const score = own(metric, make(seed, { classes, skill, weighted: true, rows: 20 }));
          if (Number.isNaN(score)) return;
          expect(score).toBeGreaterThanOrEqual(metric.range[0] - 1e-12);
          expect(score).toBeLessThanOrEqual(metric.range[1] + 1e-12);
        },
      ),
      settings,
    );
  });

  test('is at its best for perfect predictions', () => {
    const best = metric.direction === 'higher' ? metric.range[1] : metric.range[0];
    expect(metric.compute(perfect(make(1, { weighted: true })))).toBeCloseTo(best, 12);
  });

  test('is better for a model that knows more', () => {
    const sign = metric.direction === 'higher' ? 1 : -1;
    // Logits that are too sure are badly calibrated however right they are, so what is little here is none.
    const little = metric.compute(make(2, { rows: 300, skill: -1 }));
    const much = metric.compute(make(2, { rows: 300, skill: 1.5 }));
    expect(sign * (much - little)).toBeGreaterThan(0);
  });

  test('does not depend on the order of rows', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const rows = make(seed, { weighted: true, grain: 0.5 });
        const order = [...Rng.fromSeed(seed).permutation(rows.length)];
        near(own(metric, selectRows(rows, order)), own(metric, rows));
      }),
      settings,
    );
  });

  test('a row with weight n equals n rows, and a row with weight 0 none', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const rows = make(seed, { grain: 0.5, rows: 25 });
        const rng = Rng.fromSeed(seed).split('times');
        const times = Float64Array.from({ length: rows.length }, () => rng.int(4));
        times[0] = 1;
        const copied = selectRows(
          rows,
          [...times].flatMap((count, row) => Array.from({ length: count }, () => row)),
        );
        near(metric.prepare(rows)(times), own(metric, copied));
      }),
      settings,
    );
  });

  test('depends on the ratio of weights alone', () => {
    const rows = make(3, { weighted: true });
    near(metric.prepare(rows)(rows.weights.map((weight) => weight * 7)), own(metric, rows));
  });

  test('gives the same result when called twice', () => {
    const rows = make(4, { weighted: true });
    const score = metric.prepare(rows);
    const first = score(rows.weights);
    score(rows.weights.map((weight, row) => weight * row));
    expect(score(rows.weights)).toBe(first);
  });

  test('depends only on what it says it needs', () => {
    const rows = make(5);
    const other = rows.probabilities.map((p) => 1 - p);
    const flat = { ...rows, probabilities: other, numbers: { ...rows.numbers, predicted: other } };
    if (metric.needs === 'classes') expect(own(metric, flat)).toBe(own(metric, rows));
    else expect(own(metric, flat)).not.toBe(own(metric, rows));
  });

  test('has an interval around it', () => {
    const { estimate, low, high } = bootstrap(make(6, { groupSize: 3 }), metric, {
      rng: Rng.fromSeed(1),
      resamples: 200,
    });
    expect(low).toBeLessThan(high);
    // A calibration error of resamples is larger than that of the rows, and BCa corrects for it as far as it can.
    if (!metric.name.includes('ece')) {
      expect(low).toBeLessThanOrEqual(estimate);
      expect(high).toBeGreaterThanOrEqual(estimate);
    }
  });
});

test('a metric rejects rows of another task', () => {
  expect(() => metrics.get('hamming').compute(makeRows(1))).toThrow(
    'the metric "hamming" does not apply to these rows: expected multi-label, got single-label',
  );
});

test('an undefined score is an error with a fix', () => {
  const one = scoreRows(
    {
      task: 'single-label',
      classes: ['a', 'b'],
      kind: 'probabilities',
      values: Float32Array.of(0.5, 0.5, 1, 0),
    },
    [0, 0],
  );
  expect(() => metrics.get('roc-auc-macro').compute(one)).toThrow(
    /undefined for these 2 rows[\s\S]*stratify/,
  );
});

test('micro F1, precision and recall equal accuracy for single-label rows', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const rows = makeRows(seed, { weighted: true, classes: 5 });
      const accuracy = metrics.get('accuracy').compute(rows);
      for (const name of ['f1-micro', 'precision-micro', 'recall-micro'])
        near(metrics.get(name).compute(rows), accuracy);
      near(metrics.get('recall-weighted').compute(rows), accuracy);
      near(metrics.get('balanced-accuracy').compute(rows), metrics.get('recall-macro').compute(rows));
    }),
    settings,
  );
});

test('titles and meanings are for reports: unique titles, one sentence each', () => {
  const titles = [...metrics].map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
  for (const { title, meaning } of metrics) {
    expect(title).toMatch(/^[A-Z]/);
    expect(meaning).toMatch(/^[A-Z][^.]*(0\.5[^.]*)?\.$/);
  }
});
