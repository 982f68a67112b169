import type { Predictions } from '@podium/core';

/**
 * A way to make one prediction of several, with nothing fitted. Members are aligned by id and class name; logits become
 * probabilities first; weights are one a member, and only their ratios matter.
 */
export type Blend = (members: readonly Predictions[], weights?: ArrayLike<number>) => Predictions;

/** A rule as the registry has it. */
export interface BlendRule {
  /** `geometric-mean`. */
  readonly name: string;
  /** One sentence for a list. */
  readonly summary: string;
  /**
   * The rule with these settings; all of them have defaults unless said otherwise.
   * @throws PodiumError `ensemble-setting`
   */
  readonly parse: (settings?: unknown) => Blend;
}
