import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeMembers } from '../../test/make-members.ts';
import { macroF1 } from '../../test/scores.ts';
import { probabilitiesOf } from '../members/probabilities.ts';
import { bestMultiplier } from './best-multiplier.ts';

const WIDTH = 4;

/** Macro F1 of deciding argmax(probability x multiplier), the slow way. */
function slow(values: Float64Array, truth: Int32Array, multipliers: Float64Array): number {
  const scaled = values.map((value, i) => value * multipliers[i % WIDTH]!);
  const classes = Array.from(multipliers, (_, k) => `class ${k}`);
  return macroF1.score(truth, {
    classes,
    kind: 'probabilities',
    task: 'single-label',
    values: scaled,
  });
}

test('the sweep finds the best multiplier and its actual score', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 0, max: WIDTH - 1 }), (seed, k) => {
      const { members, truth } = makeMembers(seed, { rows: 30, classes: WIDTH, members: 1, skill: 0.5 });
      const values = probabilitiesOf(members[0]!);
      const multipliers = Float64Array.of(0.7, 1, 1.6, 1.1);
      const best = bestMultiplier(values, truth, multipliers, k, 8);
      const withBest = (multiplier: number) => slow(values, truth, multipliers.with(k, multiplier));
      expect(withBest(best.multiplier)).toBeCloseTo(best.score, 12);
      expect(best.multiplier).toBeGreaterThanOrEqual(1 / 8);
      expect(best.multiplier).toBeLessThanOrEqual(8);
      for (let step = -200; step <= 200; step++) {
        expect(best.score).toBeGreaterThanOrEqual(withBest(8 ** (step / 200)) - 1e-12);
      }
    }),
    { numRuns: 20, seed: 4 },
  );
});

test('nothing changes if nothing is better', () => {
  const values = Float64Array.of(0.9, 0.1, 0.2, 0.8);
  expect(bestMultiplier(values, Int32Array.of(0, 1), Float64Array.of(1, 1), 0, 10)).toEqual({
    multiplier: 1,
    score: 1,
  });
});
