import { type Predictions, Rng } from '@podium/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { furthest, makeMembers } from '../../test/make-members.ts';
import { logLoss } from '../../test/scores.ts';
import { mean, selection } from '../index.ts';

const STEPS = 8;

/** Caruana's loop as the paper has it, on lists of members. */
function slow(members: readonly Predictions[], truth: Int32Array, warmStart: number): number[] {
  const loss = (list: readonly number[]) => logLoss.score(truth, mean(list.map((m) => members[m]!)));
  const least = (lists: readonly number[][]) =>
    lists.reduce((best, list) => (loss(list) < loss(best) ? list : best));
  const byLoss = members.map((_, m) => m).sort((a, b) => loss([a]) - loss([b]));
  let bag = least(
    Array.from({ length: Math.min(warmStart, members.length) }, (_, i) => byLoss.slice(0, i + 1)),
  );
  const seen = [bag];
  while (bag.length < STEPS) {
    bag = least(byLoss.map((m) => [...bag, m]));
    seen.push(bag);
  }
  const best = least(seen);
  return members.map((_, m) => best.filter((taken) => taken === m).length / best.length);
}

test("selects the members that the paper's plain loop selects", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 1, max: 5 }), (seed, warmStart) => {
      const { members, truth } = makeMembers(seed, { rows: 40, members: 5 });
      const rng = Rng.fromSeed(0);
      const { weights } = selection({ score: logLoss, steps: STEPS, warmStart }).fit({ members, truth, rng });
      expect(furthest(weights, slow(members, truth, warmStart))).toBeLessThan(1e-12);
    }),
    { numRuns: 15, seed: 6 },
  );
});

test('bags are drawn from the seed, and spread the weights', () => {
  const { members, truth } = makeMembers(1, { rows: 80, members: 8, step: 0 });
  const weightsOf = (seed: number, bags: number) =>
    selection({ score: logLoss, steps: 10, bags }).fit({ members, truth, rng: Rng.fromSeed(seed) }).weights;
  expect(weightsOf(1, 6)).toEqual(weightsOf(1, 6));
  expect(weightsOf(1, 6)).not.toEqual(weightsOf(2, 6));
  const used = (weights: readonly number[]) => weights.filter((weight) => weight > 0).length;
  expect(used(weightsOf(1, 6))).toBeGreaterThan(used(weightsOf(1, 1)));
});

test('finds the one good member among copies of a bad one', () => {
  const { members, truth } = makeMembers(2, { rows: 80, members: 1, skill: 3 });
  const bad = makeMembers(3, { rows: 80, members: 1, skill: 0 }).members[0]!;
  const good = members[0]!;
  const { weights } = selection({ score: logLoss }).fit({
    members: [bad, bad, good, bad],
    truth,
    rng: Rng.fromSeed(0),
  });
  expect(weights).toEqual([0, 0, 1, 0]);
});
