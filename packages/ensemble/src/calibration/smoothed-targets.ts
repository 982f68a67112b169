import type { FitRows } from '../method.ts';

/** Probabilities that a calibrator is fitted to, instead of 1 for the true class and 0 for the others. */
export interface SmoothedTargets {
  /** Of the true class. */
  readonly right: number;
  /** Of each other class. */
  readonly wrong: number;
}

/**
 * Platt's targets (Probabilistic Outputs for Support Vector Machines, 1999): N rows that are all right show a probability of
 * (N + 1) / (N + 2), by Laplace's rule of succession, and not of 1. Without them, rows that are separable have no best
 * temperature: the colder, the better. The rows of a group count as one, since they may be copies of one another.
 */
export function smoothedTargets({ members, truth }: Pick<FitRows, 'members' | 'truth'>): SmoothedTargets {
  const { groups, classes } = members[0]!;
  const others = classes.length - 1;
  if (others === 0) return { right: 1, wrong: 0 };
  const rows = groups === undefined ? truth.length : new Set(groups).size;
  const doubt = 1 / (rows + 2);
  return { right: 1 - doubt, wrong: doubt / others };
}
