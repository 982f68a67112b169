import { Rng } from '@podium/core';
import { describe, expect, test } from 'vitest';
import { makeRows } from '../../test/make-rows.ts';
import {
  accuracy,
  type BootstrapOptions,
  bootstrap,
  classIntervals,
  classReport,
  defineMetric,
  f1,
  logLoss,
  mcc,
  recall,
  rocAuc,
  type ScoredRows,
  scoreRows,
} from '../index.ts';
import { selectRows } from '../scored-rows.ts';

const rng = Rng.fromSeed(1);
const quick: BootstrapOptions = { rng, resamples: 300 };

/** Rows of one class of two, right or wrong as told. */
function rightOrWrong(right: readonly boolean[], groups?: readonly string[]): ScoredRows {
  const values = Float32Array.from(right.flatMap((r) => (r ? [1, 0] : [0, 1])));
  return scoreRows(
    { task: 'single-label', kind: 'probabilities', classes: ['a', 'b'], values, groups },
    right.map(() => 0),
  );
}

test('the standard error of an accuracy is the binomial one', () => {
  const rows = rightOrWrong(Array.from({ length: 400 }, (_, i) => i % 4 !== 0));
  const interval = bootstrap(rows, accuracy, { rng });
  const exact = Math.sqrt((0.75 * 0.25) / 400);
  expect(interval.estimate).toBe(0.75);
  expect(interval.standardError / exact).toBeCloseTo(1, 1);
  expect(interval.low).toBeCloseTo(0.75 - 1.96 * exact, 2);
  expect(interval.high).toBeCloseTo(0.75 + 1.96 * exact, 2);
  expect(interval).toMatchObject({ confidence: 0.95, units: 400, resamples: 2000, undefinedResamples: 0 });
});

test('groups are resampled as a whole: ten copies of a row add no information', () => {
  const right = Array.from({ length: 40 }, (_, i) => i % 4 !== 0);
  const copies = right.flatMap((r) => Array.from({ length: 10 }, () => r));
  const groups = copies.map((_, i) => `person ${Math.floor(i / 10)}`);
  const alone = bootstrap(rightOrWrong(copies), accuracy, quick);
  const grouped = bootstrap(rightOrWrong(copies, groups), accuracy, quick);
  expect(grouped.units).toBe(40);
  expect(grouped.standardError / alone.standardError).toBeGreaterThan(2.5);
});

test('intervals of eight groups, most of them easy, hold the true score nineteen times of twenty', () => {
  const trials = 400;
  // Half of the groups are all right; of the others, 1/7 to 7/7, 4/7 on average.
  const truth = 0.5 + 0.5 * (4 / 7);
  let held = 0;
  for (let trial = 0; trial < trials; trial++) {
    const own = Rng.fromSeed(5).split('c').split(trial);
    const shares = Array.from({ length: 8 }, () => (own.int(2) === 0 ? 7 : 1 + own.int(7)));
    const right = shares.flatMap((share) => Array.from({ length: 7 }, (_, i) => i < share));
    const groups = right.map((_, i) => `g${Math.floor(i / 7)}`);
    const { low, high } = bootstrap(rightOrWrong(right, groups), accuracy, { rng: own, resamples: 400 });
    if (low <= truth && truth <= high) held++;
  }
  // Without the correction for few groups, 91 % do.
  expect(held / trials).toBeGreaterThan(0.94);
});

test('the same seed gives the same interval, whatever the order of rows, and whatever was drawn before', () => {
  const rows = makeRows(3, { groupSize: 4 });
  const first = bootstrap(rows, rocAuc(), quick);
  const used = Rng.fromSeed(1);
  used.float();
  expect(bootstrap(rows, rocAuc(), { ...quick, rng: used })).toEqual(first);
  const turned = bootstrap(selectRows(rows, [...Rng.fromSeed(2).permutation(rows.length)]), rocAuc(), quick);
  expect(turned.low).toBeCloseTo(first.low, 12);
  expect(turned.high).toBeCloseTo(first.high, 12);
  expect(bootstrap(rows, rocAuc(), { ...quick, rng: Rng.fromSeed(2) })).not.toEqual(first);
});

test('more confidence is wider', () => {
  const rows = makeRows(4);
  for (const method of ['bca', 'percentile'] as const) {
    const narrow = bootstrap(rows, f1(), { ...quick, method, confidence: 0.5 });
    const wide = bootstrap(rows, f1(), { ...quick, method, confidence: 0.99 });
    expect(wide.low).toBeLessThan(narrow.low);
    expect(wide.high).toBeGreaterThan(narrow.high);
  }
});

test('BCa leans with a skewed score, the percentiles do not', () => {
  const rows = rightOrWrong(Array.from({ length: 60 }, (_, i) => i % 20 !== 0));
  const bca = bootstrap(rows, accuracy, { rng });
  const plain = bootstrap(rows, accuracy, { rng, method: 'percentile' });
  expect(bca.low).toBeLessThan(plain.low);
});

describe('rows that are all right, or all wrong, are not certain', () => {
  const all = (count: number, right: boolean, groups?: readonly string[]) =>
    rightOrWrong(
      Array.from({ length: count }, () => right),
      groups,
    );

  // statsmodels' proportion_confint(method='wilson')
  test.each([
    ['10 of 10', all(10, true), 0.7224672001371109, 1],
    ['0 of 8', all(8, false), 0, 0.3244075648838801],
    [
      '20 of 20 of 10 groups',
      all(
        20,
        true,
        Array.from({ length: 20 }, (_, i) => `g${i % 10}`),
      ),
      0.7224672001371109,
      1,
    ],
  ])('%s', (_, rows, low, high) => {
    const interval = bootstrap(rows, accuracy, quick);
    expect(interval.low).toBeCloseTo(low, 8);
    expect(interval.high).toBeCloseTo(high, 8);
    expect(interval.standardError).toBeLessThan(1e-12);
  });

  test('on a scale from -1 to 1', () => {
    const perfect = scoreRows(
      {
        task: 'single-label',
        kind: 'probabilities',
        classes: ['a', 'b'],
        values: Float32Array.from(
          Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? [1, 0] : [0, 1])).flat(),
        ),
      },
      Array.from({ length: 10 }, (_, i) => i % 2),
    );
    const { low, high } = bootstrap(perfect, mcc, quick);
    expect(low).toBeCloseTo(2 * 0.7224672001371109 - 1, 8);
    expect(high).toBe(1);
  });

  test('a score without limits has none to widen to', () => {
    const { low, high } = bootstrap(all(5, true), logLoss(), quick);
    expect(high - low).toBeLessThan(1e-12);
  });

  test('classes: recall and precision by their own rows, F1 by both', () => {
    // Of 8 rows of a, none is predicted; b is predicted 8 times, and right 0 times.
    const [a, b] = classIntervals(all(8, false), quick);
    expect(a?.recall).toMatchObject({ estimate: 0, low: 0 });
    expect(a?.recall?.high).toBeCloseTo(0.3244075648838801, 8);
    expect(a?.precision).toBeUndefined();
    expect(b?.precision?.high).toBeCloseTo(0.3244075648838801, 8);
    const share = 0.3244075648838801;
    expect(a?.f1?.high).toBeCloseTo((2 * share) / (1 + share), 8);
    const [right] = classIntervals(all(10, true), quick);
    const jaccard = 0.7224672001371109;
    expect(right?.f1).toMatchObject({ estimate: 1, high: 1 });
    expect(right?.f1?.low).toBeCloseTo((2 * jaccard) / (1 + jaccard), 8);
  });
});

test('stratified draws keep the number of rows of each class', () => {
  const rows = makeRows(5, { classes: 3, rows: 30 });
  const counts = [0, 1, 2].map((k) => rows.truth.filter((t) => t === k).length);
  const seen: number[][] = [];
  const spy = defineMetric({
    ...accuracy,
    prepare:
      ({ truth }) =>
      (weights) => {
        seen.push(
          [0, 1, 2].map((k) =>
            weights.reduce((sum, weight, row) => sum + (truth[row] === k ? weight : 0), 0),
          ),
        );
        return 0;
      },
  });
  bootstrap(rows, spy, { rng, resamples: 20, stratify: true, method: 'percentile' });
  expect(seen).toHaveLength(21);
  for (const own of seen) expect(own).toEqual(counts);
});

test("a group's stratum is what most of its rows are", () => {
  const groups = Array.from({ length: 12 }, (_, row) => `g${Math.floor(row / 3)}`);
  const rows = rightOrWrong(
    groups.map((_, row) => row < 6),
    groups,
  );
  // g0 and g1 are mostly z, g2 and g3 are a: with one stratum, or the first name of equals, draws would mix them.
  const stratify = groups.map((_, row) => (row < 6 && row % 3 !== 0 ? 'z' : 'a'));
  expect(bootstrap(rows, accuracy, { ...quick, stratify }).standardError).toBe(0);
});

test('rows keep their weight when they are drawn', () => {
  const rows = rightOrWrong([true, false, true, false]);
  const heavy = { ...rows, weights: Float64Array.of(1000, 1, 1000, 1) };
  expect(bootstrap(heavy, accuracy, { ...quick, method: 'percentile', confidence: 0.5 }).low).toBeGreaterThan(
    0.99,
  );
});

test('strata can be given by name', () => {
  const rows = makeRows(6, { task: 'multi-label' });
  const strata = Array.from({ length: rows.length }, (_, row) => (row < 10 ? 'few' : 'many'));
  expect(bootstrap(rows, f1(), { ...quick, stratify: strata }).units).toBe(60);
  expect(() => bootstrap(rows, f1(), { ...quick, stratify: true })).toThrow(
    /one name per row for multi-label/,
  );
  expect(() => bootstrap(rows, f1(), { ...quick, stratify: ['few'] })).toThrow(
    'stratify: expected one name per row, 60',
  );
});

describe('resamples without a score', () => {
  const rare = scoreRows(
    {
      task: 'single-label',
      kind: 'probabilities',
      classes: ['a', 'b'],
      values: Float32Array.from(Array.from({ length: 20 }, (_, i) => [1 - i / 40, i / 40]).flat()),
    },
    Array.from({ length: 20 }, (_, i) => (i === 15 ? 1 : 0)),
  );

  test('are counted and left out', () => {
    const { undefinedResamples, low } = bootstrap(rare, rocAuc(), quick);
    expect(undefinedResamples).toBeGreaterThan(60);
    expect(low).toBeGreaterThan(0);
  });

  test('are none when drawn within classes', () => {
    expect(bootstrap(rare, rocAuc(), { ...quick, stratify: true }).undefinedResamples).toBe(0);
  });

  test('throw if they are most', () => {
    let call = 0;
    const rarely = defineMetric({ ...accuracy, prepare: () => () => (call++ % 3 === 0 ? 1 : Number.NaN) });
    expect(() => bootstrap(makeRows(1), rarely, { ...quick, method: 'percentile' })).toThrow(
      'it is defined in 100 of 300 resamples',
    );
  });

  test('throw if they are all', () => {
    expect(() => bootstrap(rightOrWrong([true, false]), rocAuc(), quick)).toThrow(
      /"roc-auc-macro" has no interval: it is defined in 0 of 300[\s\S]*stratify/,
    );
  });
});

test.each<[string, Partial<BootstrapOptions>, string]>([
  ['resamples', { resamples: 1 }, 'resamples: expected an integer >= 2'],
  ['confidence', { confidence: 95 }, 'confidence: expected a number in (0, 1), got 95'],
])('%s that make no sense are rejected', (_, options, message) => {
  expect(() => bootstrap(makeRows(1), accuracy, { ...quick, ...options })).toThrow(message);
});

test('one group has no interval', () => {
  expect(() => bootstrap(makeRows(1, { groupSize: 60 }), accuracy, quick)).toThrow(
    'at least two independent groups',
  );
});

test('every class has intervals, from the same resamples', () => {
  const rows = makeRows(7, { classes: 4, groupSize: 2 });
  const table = classIntervals(rows, quick);
  const report = classReport(rows);
  table.forEach((one, k) => {
    expect(one).toMatchObject({ name: report[k]?.name, support: report[k]?.support });
    for (const kind of ['precision', 'recall', 'f1'] as const) {
      const interval = one[kind];
      expect(interval?.estimate).toBe(report[k]?.[kind]);
      expect(interval?.low).toBeLessThan(interval!.high);
    }
  });
  const single = bootstrap(rows, recall({ labels: [2], zeroDivision: Number.NaN }), quick);
  expect(table[2]?.recall).toEqual(single);
});

test('a class without rows has no interval, and is no error', () => {
  const [a, b] = classIntervals(rightOrWrong([true, true, true]), quick);
  expect(a?.recall?.estimate).toBe(1);
  expect(b).toEqual({ name: 'b', support: 0, precision: undefined, recall: undefined, f1: undefined });
});

test('about 95 % of intervals hold the truth, with and without groups', () => {
  const draw = Rng.fromSeed('coverage');
  const covered = (method: 'bca' | 'percentile') => {
    let holds = 0;
    for (let trial = 0; trial < 200; trial++) {
      // 40 people of 5 photographs; how often a person's are right varies from person to person, 0.7 on average.
      const groups = Array.from({ length: 200 }, (_, row) => `p${Math.floor(row / 5)}`);
      const chances = Array.from({ length: 40 }, () => (draw.bool() ? 0.9 : 0.5));
      const right = groups.map((_, row) => draw.bool(chances[Math.floor(row / 5)]!));
      const { low, high } = bootstrap(rightOrWrong(right, groups), accuracy, {
        rng: draw.split(trial),
        resamples: 300,
        method,
      });
      if (low <= 0.7 && high >= 0.7) holds++;
    }
    return holds / 200;
  };
  for (const method of ['bca', 'percentile'] as const) {
    const share = covered(method);
    expect(share).toBeGreaterThan(0.9);
    expect(share).toBeLessThan(0.99);
  }
});
