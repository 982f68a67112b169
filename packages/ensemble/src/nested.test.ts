import { PodiumError, Predictions, Rng, type Score } from '@podium/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeMembers } from '../test/make-members.ts';
import { accuracy, logLoss, macroF1 } from '../test/scores.ts';
import {
  chain,
  eachMember,
  type FitRows,
  type Method,
  mean,
  methods,
  nested,
  ruleMethod,
  selection,
  stacking,
  temperature,
} from './index.ts';

const rng = Rng.fromSeed(1);
const options = { score: macroF1, rng };

/** A method that remembers the label of every row it was fitted on, and knows nothing of others. */
function rote(seen: FitRows[] = []): Method<Record<string, number>> {
  return {
    name: 'rote',
    fit: (rows) => {
      seen.push(rows);
      return Object.fromEntries(rows.members[0]!.ids.map((id, row) => [id, rows.truth[row]!]));
    },
    apply: (known, members) => {
      const [first] = members as [Predictions];
      const width = first.classes.length;
      const values = new Float32Array(first.values.length);
      first.ids.forEach((id, row) => {
        values[row * width + (known[id] ?? 0)] = 1;
      });
      return new Predictions({ ...first, kind: 'probabilities', values });
    },
  };
}

test('a method that memorizes is perfect on its rows, and no better than chance in the nested score', () => {
  const { members, truth } = makeMembers(1, { rows: 200, folds: 4 });
  const { fittedScore, nestedScore, optimism } = nested(rote(), members, truth, { score: accuracy, rng });
  const always0 = truth.filter((label) => label === 0).length / truth.length;
  expect(fittedScore).toBe(1);
  expect(nestedScore).toBe(always0);
  expect(optimism).toBe(1 - always0);
});

test('no fit sees a row, a group or a fold that it is applied to', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e6 }),
      fc.boolean(),
      fc.integer({ min: 2, max: 6 }),
      (seed, own, count) => {
        const { members, truth } = makeMembers(seed, { rows: 48, groupSize: 3, folds: own ? count : 0 });
        const fits: FitRows[] = [];
        const applied: { known: Record<string, number>; rows: Predictions }[] = [];
        const method = rote(fits);
        const spy: typeof method = {
          ...method,
          apply: (known, list) => {
            applied.push({ known, rows: list[0]! });
            return method.apply(known, list);
          },
        };
        const result = nested(spy, members, truth, { ...options, folds: count });
        expect(fits).toHaveLength(count + 1);
        const whole = members[0]!;
        const groupOf = (id: string) => whole.groups?.[whole.indexOf(id)!];
        for (const { known, rows } of applied.slice(0, -1)) {
          const groups = new Set(Object.keys(known).map(groupOf));
          for (const id of rows.ids) {
            expect(known).not.toHaveProperty([id]);
            expect(groups.has(groupOf(id))).toBe(false);
          }
          expect(Object.keys(known).length + rows.length).toBe(48);
        }
        // Each row is predicted once, by the fold that it is in, and the truth went along with its row.
        expect(result.predictions.ids).toEqual(whole.ids);
        if (own) expect(result.predictions.folds).toEqual(whole.folds);
        for (const { members: list, truth: labels } of fits) {
          list[0]?.ids.forEach((id, row) => {
            expect(labels[row]).toBe(truth[whole.indexOf(id)!]);
          });
        }
      },
    ),
    { numRuns: 15, seed: 3 },
  );
});

test("changing a fold's labels changes nothing of how that fold is predicted", () => {
  const { members, truth } = makeMembers(2, { rows: 90, folds: 3 });
  const blending = ['selection', 'log-loss-weights', 'score-weights', 'stacking'];
  for (const entry of methods) {
    // It looks at no labels, and these rows have no groups.
    if (entry.name === 'group-consistency') continue;
    const own = entry.parse({}, { score: macroF1 });
    const method = blending.includes(entry.name) ? own : chain([ruleMethod('mean', mean), own]);
    const flipped = truth.map((label, row) => (members[0]?.folds?.[row] === 1 ? (label + 1) % 3 : label));
    const before = nested(method, members, truth, options).predictions;
    const after = nested(method, members, flipped, options).predictions;
    const inFold = before.ids.filter((_, row) => before.folds?.[row] === 1);
    expect(after.select(inFold).values, entry.name).toEqual(before.select(inFold).values);
  }
});

test("the metric never scores a fold's own rows while it is fitted", () => {
  const { members, truth } = makeMembers(3, { rows: 60, folds: 3 });
  const asked: number[][] = [];
  const foldOf = members[0]!.folds!;
  const spy: Score = {
    ...macroF1,
    score: (labels, rows) => {
      asked.push([...new Set(rows.ids!.map((id) => foldOf[Number.parseInt(id, 10)]!))].sort());
      return macroF1.score(labels, rows);
    },
  };
  nested(selection({ score: spy, steps: 5 }), members, truth, { score: macroF1, rng });
  const combinations = new Set(asked.map(String));
  expect([...combinations].sort()).toEqual(['0,1', '0,1,2', '0,2', '1,2']);
});

test('does not depend on the order of rows, and is equal for equal seeds', () => {
  const { members, truth } = makeMembers(4, { rows: 60 });
  const method = selection({ score: macroF1, bags: 3, steps: 8 });
  const first = nested(method, members, truth, options);
  expect(nested(method, members, truth, options)).toEqual(first);
  const order = Rng.fromSeed(9).shuffle(members[0]?.ids ?? []);
  const rowOf = (id: string) => members[0]!.indexOf(id)!;
  const mixed = nested(
    method,
    members.map((member) => member.align(order)),
    order.map((id) => truth[rowOf(id)]!),
    options,
  );
  expect(mixed.nestedScore).toBe(first.nestedScore);
  expect(mixed.fittedScore).toBe(first.fittedScore);
});

test('optimism is also positive if lower scores are better', () => {
  const { members, truth } = makeMembers(5, { rows: 60, classes: 5, members: 8 });
  const { optimism, fittedScore, nestedScore } = nested(stacking({ c: 100 }), members, truth, {
    score: logLoss,
    rng,
  });
  expect(fittedScore).toBeLessThan(nestedScore);
  expect(optimism).toBe(nestedScore - fittedScore);
});

test('chains and eachMember are fitted entirely inside the folds', () => {
  const { members, truth } = makeMembers(6, { rows: 90, folds: 3 });
  const method = eachMember(temperature(), chain([selection({ score: logLoss, steps: 10 }), temperature()]));
  const result = nested(method, members, truth, { score: logLoss, rng });
  expect(method.name).toBe('each temperature > selection > temperature');
  expect(result.nestedScore).toBeLessThan(1);
  expect(result.folds.map(({ fold, rows }) => [fold, rows])).toEqual([
    [0, 30],
    [1, 30],
    [2, 30],
  ]);
  // Parameters are plain JSON: applied after being stored they do the same.
  const stored = JSON.parse(JSON.stringify(result.parameters));
  expect(method.apply(stored, members).values).toEqual(method.apply(result.parameters, members).values);
});

describe('rejects', () => {
  const { members, truth } = makeMembers(7, { rows: 12 });
  const code = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      if (error instanceof PodiumError) return error.code;
      throw error;
    }
    return 'nothing';
  };
  const mine = rote();
  test.each([
    [
      'one fold',
      () =>
        nested(
          mine,
          members.map((member) => member.withFold(0)),
          truth,
          options,
        ),
      'ensemble-folds',
    ],
    ['one fold to make', () => nested(mine, members, truth, { ...options, folds: 1 }), 'ensemble-folds'],
    [
      'a group in two folds',
      () =>
        nested(
          mine,
          members.map(
            (member) =>
              new Predictions({
                ...member,
                groups: member.ids.map(() => 'a'),
                folds: Int32Array.from(member.ids, (_, row) => row % 2),
              }),
          ),
          truth,
          options,
        ),
      'ensemble-folds',
    ],
    ['a truth that is too short', () => nested(mine, members, truth.subarray(1), options), 'ensemble-truth'],
    [
      'a class that is not there',
      () =>
        nested(
          mine,
          members,
          truth.map(() => 3),
          options,
        ),
      'ensemble-truth',
    ],
    [
      'half a class',
      () =>
        nested(
          mine,
          members,
          Array.from(truth, () => 0.5),
          options,
        ),
      'ensemble-truth',
    ],
    [
      'no rows',
      () =>
        nested(
          mine,
          members.map((member) => member.select([])),
          [],
          options,
        ),
      'ensemble-truth',
    ],
    [
      'multi-label rows',
      () =>
        nested(
          mine,
          members.map((member) => new Predictions({ ...member, task: 'multi-label' })),
          truth,
          options,
        ),
      'ensemble-task',
    ],
    [
      'a score that is not a number',
      () => nested(mine, members, truth, { ...options, score: { ...macroF1, score: () => Number.NaN } }),
      'ensemble-score',
    ],
    [
      'a method that drops rows',
      () => nested({ ...mine, apply: (_, list) => list[0]!.select([]) }, members, truth, options),
      'ensemble-method',
    ],
    ['an empty chain', () => chain([]), 'ensemble-method'],
  ])('%s', (_, run, expected) => {
    expect(code(run)).toBe(expected);
  });
});
