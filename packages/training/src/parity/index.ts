import { compareLosses } from './compare-losses.ts';
import { compareOptimizers } from './compare-optimizers.ts';
import { compareSchedules } from './compare-schedules.ts';
import type { Comparison, OptimReference } from './optim-reference.ts';

export { type Comparison, isOptimReference, type OptimReference } from './optim-reference.ts';

/** Compares optimizers, schedules and losses with a reference file, on the current backend. */
export function compareOptim(reference: OptimReference): Comparison[] {
  return [...compareOptimizers(reference), ...compareSchedules(reference), ...compareLosses(reference)];
}
