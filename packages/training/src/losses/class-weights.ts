import { PodiumError } from '@podium/core';

export interface ClassWeightOptions {
  /**
   * - `inverse`: by one over the count, scikit-learn's `balanced`;
   * - `effective`: by one over the effective number of samples (Cui et al. 2019, arXiv:1901.05555), between none and
   *   `inverse`.
   */
  readonly method?: 'inverse' | 'effective';
  /** Of `effective`: 0 weighs all classes alike, toward 1 it becomes `inverse`. Default 0.9999. */
  readonly beta?: number;
}

/**
 * How much each class should count so that rare ones are learnt: weights whose mean over the classes that occur is 1
 * for `effective`, and over samples for `inverse`. Classes that do not occur get 0.
 *
 * @param counts samples of each class
 * @throws PodiumError for counts that are no whole numbers, or all 0
 */
export function balancedClassWeights(
  counts: readonly number[],
  { method = 'inverse', beta = 0.9999 }: ClassWeightOptions = {},
): number[] {
  const odd = counts.findIndex((count) => !Number.isInteger(count) || count < 0);
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (odd >= 0 || !(total > 0) || !(beta >= 0 && beta < 1)) {
    throw new PodiumError({
      code: 'training-class-weights',
      message: odd >= 0 ? `count of class ${odd}` : total > 0 ? 'beta' : 'counts of classes',
      expected:
        odd >= 0 ? 'a whole number' : total > 0 ? 'a number of at least 0 and below 1' : 'one above 0',
      got: String(odd >= 0 ? counts[odd] : total > 0 ? beta : counts),
    });
  }
  const there = counts.filter((count) => count > 0).length;
  if (method === 'inverse') return counts.map((count) => (count === 0 ? 0 : total / (there * count)));
  // 1 - beta^n without the cancellation that a beta near 1 brings.
  const raw = counts.map((count) => (count === 0 ? 0 : (1 - beta) / -Math.expm1(count * Math.log(beta))));
  const sum = raw.reduce((a, b) => a + b, 0);
  return raw.map((weight) => (weight * there) / sum);
}
