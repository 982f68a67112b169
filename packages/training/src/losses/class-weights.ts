import { PodiumError } from '@podium/core';
import { parseSettings } from '@podium/core/settings';
import { z } from 'zod';

const settings = z.strictObject({
  method: z
    .enum(['inverse', 'effective'])
    .default('inverse')
    .describe('by the count, or by the effective number of samples, which weighs rare classes less'),
  beta: z
    .number()
    .min(0)
    .lt(1)
    .default(0.9999)
    .describe('for effective: 0 weighs all classes alike, toward 1 it approaches inverse'),
});

/**
 * - `inverse`: one over the count, scikit-learn's `balanced`;
 * - `effective`: one over the effective number of samples (Cui et al. 2019, arXiv:1901.05555).
 */
export type ClassWeightOptions = Readonly<z.input<typeof settings>>;

/**
 * Weights for a loss, higher for rare classes. Their mean is 1: over samples for `inverse`, over the classes that occur
 * for `effective`. Classes that do not occur get 0.
 *
 * @param counts samples per class
 * @throws PodiumError `training-class-weights` unless counts are whole numbers and one is above 0
 *
 * @example
 * createLoss({ name: 'cross-entropy', classWeights: balancedClassWeights([900, 90, 10]) });
 */
export function balancedClassWeights(counts: readonly number[], options: ClassWeightOptions = {}): number[] {
  const code = 'training-class-weights';
  const { method, beta } = parseSettings(settings, options, { owner: 'class weights', code });
  const invalid = counts.findIndex((count) => !Number.isInteger(count) || count < 0);
  if (invalid >= 0) {
    const expected = 'a whole number >= 0';
    throw new PodiumError({
      code,
      message: `count of class ${invalid}`,
      expected,
      got: String(counts[invalid]),
    });
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) {
    throw new PodiumError({
      code,
      message: 'counts of classes',
      expected: 'one above 0',
      got: String(counts),
    });
  }
  const present = counts.filter((count) => count > 0).length;
  if (method === 'inverse') return counts.map((count) => (count === 0 ? 0 : total / (present * count)));
  // 1 - beta^n without the cancellation that a beta near 1 brings.
  const raw = counts.map((count) => (count === 0 ? 0 : (1 - beta) / -Math.expm1(count * Math.log(beta))));
  const sum = raw.reduce((a, b) => a + b, 0);
  return raw.map((weight) => (weight * present) / sum);
}
