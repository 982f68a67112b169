import type { Predictions, Rng } from '@podium/core';
import type { Score } from './score.ts';

/** What a method is fitted on: nothing else is visible to it. */
export interface FitRows {
  /** Aligned members: the same ids, classes, folds and groups, in the same order. Out-of-fold predictions. */
  readonly members: readonly Predictions[];
  /** Class indices `[N]` in the members' order. */
  readonly truth: Int32Array;
  readonly rng: Rng;
}

/**
 * Something with numbers that are fitted to true labels: weights, a stacked model, thresholds, a temperature. Its score on
 * the rows it was fitted on flatters it: measure it with {@link nested}.
 */
export interface Method<Parameters = unknown> {
  readonly name: string;
  /** The parameters, as plain JSON: what one stage stores and another applies to the test rows. */
  fit(rows: FitRows): Parameters;
  /** Uses them on members in the order in which they were fitted. The result has the first member's rows. */
  apply(parameters: Parameters, members: readonly Predictions[]): Predictions;
}

/** A method as the registry has it. */
export interface MethodEntry {
  /** `selection`. */
  readonly name: string;
  /** One sentence for a list. */
  readonly summary: string;
  /**
   * The method with these settings (all have defaults unless said otherwise), fitted for this score where it can be.
   * @throws PodiumError `ensemble-setting`
   */
  readonly parse: (settings: unknown, context: MethodContext) => Method;
}

export interface MethodContext {
  readonly score: Score;
}
