import { Predictions, Rng, type Score } from '@podium/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { furthest, makeMembers } from '../../test/make-members.ts';
import { accuracy, logLoss, macroF1 } from '../../test/scores.ts';
import {
  classMultipliers,
  logLossWeights,
  mean,
  methods,
  priorCorrection,
  scoreWeights,
  selection,
  temperature,
  vectorScaling,
} from '../index.ts';

const seeds = fc.integer({ min: 0, max: 1e6 });
const settings = { numRuns: 12, seed: 5 };
const rng = Rng.fromSeed(2);
const isBetter = (score: Score, a: number, b: number) => (score.direction === 'higher' ? a > b : a < b);
const BLENDING = ['selection', 'log-loss-weights', 'score-weights', 'stacking'];

const entries = [...methods].map((entry) => [entry.name, entry] as const);

describe.each(entries)('%s', (name, entry) => {
  const method = entry.parse({}, { score: macroF1 });
  const make = (seed: number) => {
    const { members, truth } = makeMembers(seed, { groupSize: 3 });
    return { truth, members: BLENDING.includes(name) ? members : members.slice(0, 1) };
  };

  test('returns probabilities for the same rows, equal for equal inputs, and JSON parameters', () => {
    const { members, truth } = make(1);
    const fitted = method.fit({ members, truth, rng });
    expect(JSON.parse(JSON.stringify(fitted))).toEqual(fitted);
    const result = method.apply(fitted, members);
    expect(result.ids).toEqual(members[0]?.ids);
    expect(result.kind).toBe('probabilities');
    expect(method.fit({ members, truth, rng })).toEqual(fitted);
    expect(method.name).toBe(name);
  });

  test('is applied by the names of ids and classes, whatever their order', () => {
    const { members, truth } = make(4);
    const fitted = method.fit({ members, truth, rng });
    const plain = method.apply(fitted, members);
    const first = members[0]!;
    const turned = members.map((member, m) =>
      (m === 1 ? member : member.align([...first.ids].reverse())).alignClasses([...first.classes].reverse()),
    );
    const other = method.apply(fitted, turned);
    expect(other.classes).toEqual(first.classes);
    expect(furthest(other.align(first.ids).values, plain.values)).toBeLessThan(1e-6);
  });

  test('rejects other members and other classes than it was fitted on', () => {
    const { members, truth } = make(5);
    const fitted = method.fit({ members, truth, rng });
    const first = members[0]!;
    expect(() => method.apply(fitted, [...members, first])).toThrow(/was fitted to other members/);
    const renamed = members.map((member) => new Predictions({ ...member, classes: ['a', 'b', 'c'] }));
    expect(() => method.apply(fitted, renamed)).toThrow(/the classes differ/);
    expect(() => method.fit({ members, truth: truth.subarray(1), rng })).toThrow(
      /one class index per row, 60/,
    );
  });

  test('handles extreme logits, a class without rows, and a single class', () => {
    const { members, truth } = make(2);
    const sure = members.map(
      (member) => new Predictions({ ...member, values: member.values.map((v) => 1000 * v) }),
    );
    const decided = sure.map((member) => member.softmax());
    for (const list of [sure, decided]) {
      for (const labels of [truth, truth.map((label) => label % 2), truth.map(() => 1)]) {
        const result = method.apply(method.fit({ members: list, truth: labels, rng }), list);
        expect(result.length).toBe(truth.length);
      }
    }
  });

  test('rejects unknown settings', () => {
    expect(() => entry.parse({ nonsense: 1 }, { score: macroF1 })).toThrow(/no such setting/);
    expect(entry.summary).toMatch(/\.$/);
  });
});

test.each(entries.filter(([name]) => !BLENDING.includes(name)))(
  '%s refines one member at a time',
  (_, entry) => {
    const { members, truth } = makeMembers(3, { groupSize: 3 });
    const method = entry.parse({}, { score: macroF1 });
    expect(() => method.apply(method.fit({ members, truth, rng }), members)).toThrow(
      /refines one set of predictions/,
    );
  },
);

const searches = [
  ['selection', (score: Score) => selection({ score, steps: 15 })],
  ['selection in bags', (score: Score) => selection({ score, steps: 6, bags: 4 })],
  ['selection without a warm start', (score: Score) => selection({ score, steps: 6, warmStart: 1 })],
  ['score weights', (score: Score) => scoreWeights({ score })],
] as const;

describe.each(searches)('%s', (_, make) => {
  test.each([macroF1, accuracy, logLoss])(
    'never scores below the best member on its own rows: $name',
    (score) => {
      fc.assert(
        fc.property(seeds, fc.integer({ min: 1, max: 6 }), (seed, count) => {
          const { members, truth } = makeMembers(seed, { rows: 40, members: count });
          const method = make(score);
          const ours = score.score(truth, method.apply(method.fit({ members, truth, rng }), members));
          for (const member of members)
            expect(isBetter(score, score.score(truth, member.softmax()), ours)).toBe(false);
        }),
        settings,
      );
    },
  );
});

// A search along one weight after the other depends on which comes first.
test.each(searches.filter(([name]) => name !== 'score weights'))(
  '%s gives weights of sum 1 that follow their members when these are listed otherwise',
  (_, make) => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { members, truth } = makeMembers(seed, { rows: 40, members: 5 });
        const method = make(macroF1);
        const { weights } = method.fit({ members, truth, rng });
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
        const order = Rng.fromSeed(seed).permutation(5);
        const other = method.fit({
          members: Array.from(order, (m) => members[m]!),
          truth,
          rng,
        });
        expect(
          furthest(
            other.weights,
            Array.from(order, (m) => weights[m]!),
          ),
        ).toBeLessThan(1e-12);
      }),
      settings,
    );
  },
);

test('weights of lowest log loss beat a grid of others, and follow their members', () => {
  const { members, truth } = makeMembers(8, { rows: 200, members: 3 });
  const { weights } = logLossWeights().fit({ members, truth, rng });
  const ours = logLoss.score(truth, mean(members, weights));
  for (let a = 0; a <= 10; a++) {
    for (let b = 0; a + b <= 10; b++) {
      expect(ours).toBeLessThanOrEqual(logLoss.score(truth, mean(members, [a, b, 10 - a - b])) + 2e-7);
    }
  }
  const reversed = logLossWeights().fit({ members: [...members].reverse(), truth, rng });
  expect(furthest([...reversed.weights].reverse(), weights)).toBeLessThan(1e-4);
});

test('class multipliers find what a fine search over one of them finds', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const { members, truth } = makeMembers(seed, { rows: 50, members: 1, classes: 2, skill: 0.6 });
      const method = classMultipliers({ minGain: 0 });
      const fitted = method.fit({ members, truth, rng });
      const ours = macroF1.score(truth, method.apply(fitted, members));
      for (let step = -50; step <= 50; step++) {
        const there = macroF1.score(
          truth,
          method.apply({ ...fitted, multipliers: [10 ** (step / 50), 1] }, members),
        );
        expect(ours).toBeGreaterThanOrEqual(there - 1e-12);
      }
    }),
    settings,
  );
});

test('class multipliers help a rare class and stay within their limits', () => {
  const { members, truth } = makeMembers(11, { rows: 400, classes: 4, members: 1, skill: 0.5 });
  const rare = truth.map((label, row) => (label === 3 && row % 4 !== 0 ? 0 : label));
  const method = classMultipliers({ limit: 3 });
  const fitted = method.fit({ members, truth: rare, rng });
  for (const multiplier of fitted.multipliers) {
    expect(multiplier).toBeGreaterThanOrEqual(1 / 3);
    expect(multiplier).toBeLessThanOrEqual(3);
  }
  expect(macroF1.score(rare, method.apply(fitted, members))).toBeGreaterThan(
    macroF1.score(rare, mean(members)),
  );
});

test("a prior correction to a given target is Bayes' rule", () => {
  const even = new Predictions({
    ids: ['a', 'b', 'c', 'd', 'e', 'f'],
    classes: ['x', 'y'],
    kind: 'probabilities',
    values: new Float32Array(12).fill(0.5),
  });
  // 4 + 1 and 2 + 1 of 8 rows.
  const truth = Int32Array.of(0, 0, 0, 0, 1, 1);
  const method = priorCorrection({ score: macroF1, strength: 1, target: [1, 3] });
  const fitted = method.fit({ members: [even], truth, rng });
  const { factors } = fitted;
  expect(furthest(factors, [0.25 / (5 / 8), 0.75 / (3 / 8)])).toBeLessThan(1e-12);
  expect(method.apply(fitted, [even]).values[1]).toBeCloseTo(2 / 2.4, 6);
  expect(() => priorCorrection({ score: macroF1, target: [1] }).fit({ members: [even], truth, rng })).toThrow(
    /2 numbers > 0/,
  );
});

test('a temperature keeps predicted classes and lowers the log loss, but for what its prior costs', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const { members, truth } = makeMembers(seed, { members: 1 });
      const method = temperature();
      const cooled = method.apply(method.fit({ members, truth, rng }), members);
      expect(cooled.argmax()).toEqual(members[0]?.argmax());
      expect(logLoss.score(truth, cooled)).toBeLessThanOrEqual(logLoss.score(truth, mean(members)) + 0.01);
    }),
    settings,
  );
});

describe.each([
  ['temperature', temperature()],
  ['vector-scaling', vectorScaling()],
  ['vector-scaling without a penalty', vectorScaling({ penalty: 0 })],
] as const)('%s fitted to rows that the logits separate', (_, method) => {
  /** `rows` rows of 3 classes in turn, with this much more for the true class than for the others. */
  const separable = (rows: number, margin: number, groups?: string[]) => {
    const truth = Int32Array.from({ length: rows }, (_, row) => row % 3);
    const values = Float32Array.from({ length: rows * 3 }, (_, i) =>
      i % 3 === truth[Math.floor(i / 3)] ? margin : 0,
    );
    const ids = Array.from(truth, (_, row) => `${row}.jpg`);
    const member = new Predictions({ ids, classes: ['a', 'b', 'c'], kind: 'logits', values, groups });
    return { members: [member], truth };
  };
  const confidence = (of: Predictions) => of.values.reduce((most, value) => Math.max(most, value), 0);

  test.each([4, 36, 1000])('%i of them are never as good as certain', (rows) => {
    // What so many right rows leave open by the rule of succession, and half of it for the prior's sake.
    const open = 1 / (rows + 2);
    for (const margin of [0.02, 0.5, 3, 30, 300]) {
      const set = separable(rows, margin);
      const result = method.apply(method.fit({ ...set, rng }) as never, set.members);
      expect(1 - confidence(result)).toBeGreaterThan(open / 2);
    }
  });

  test('a network that hardly tells its classes apart is not made to', () => {
    // Margins of 0.02: a probability of 0.34 that a cold enough temperature would turn into 1.
    const set = separable(1000, 0.02);
    const parameters = method.fit({ ...set, rng }) as never;
    expect(confidence(method.apply(parameters, set.members))).toBeLessThan(0.4);
    // An image of no class, with a margin ten times as large by chance, is not certain either.
    const { members } = separable(3, 0.2);
    expect(confidence(method.apply(parameters, members))).toBeLessThan(0.75);
  });

  test('copies in a group count once', () => {
    const groups = Array.from({ length: 300 }, (_, row) => `g${row % 6}`);
    const set = separable(300, 30, groups);
    const result = method.apply(method.fit({ ...set, rng }) as never, set.members);
    expect(1 - confidence(result)).toBeGreaterThan(1 / 8 / 2);
  });
});
