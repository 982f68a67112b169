import type { Predictions, Rng } from '@podium/core';
import type { Score } from './score.ts';
import { fail } from './support/errors.ts';
import { alignMembers } from './support/members.ts';
import { checkTruth } from './support/truth.ts';

/** What a method is fitted on: nothing else is visible to it. */
export interface FitRows {
  /** Out-of-fold predictions of every member. */
  readonly members: readonly Predictions[];
  /** Class indices `[N]` by the first member's rows and classes. */
  readonly truth: Int32Array;
  readonly rng: Rng;
}

/**
 * Something with numbers that are fitted to true labels: weights, a stacked model, thresholds, a temperature. Its score on
 * the rows it was fitted on flatters it: measure it with `nested`.
 */
export interface Method<Parameters = unknown> {
  readonly name: string;
  /** The parameters, as plain JSON: what one stage stores and another applies to the test rows. */
  fit(rows: FitRows): Parameters;
  /** Uses them on the same members, in the order in which they were fitted. The result has the first member's rows. */
  apply(parameters: Parameters, members: readonly Predictions[]): Predictions;
}

/** What every method keeps of what it was fitted on, so that its numbers are never used on other columns. */
export interface FittedOn {
  readonly classes: readonly string[];
  /** How many. */
  readonly members: number;
}

/**
 * A method whose fit and apply may rely on aligned members and a checked truth; applied, columns come in the order in
 * which they were fitted, by name.
 */
export function defineMethod<Own extends object>(parts: {
  readonly name: string;
  readonly fit: (rows: FitRows) => Own;
  readonly apply: (parameters: Own, members: readonly Predictions[]) => Predictions;
}): Method<Own & FittedOn> {
  const { name } = parts;
  return {
    name,
    fit: ({ members, truth, rng }) => {
      const aligned = alignMembers(members);
      const [first] = aligned as readonly [Predictions];
      const own = parts.fit({ members: aligned, truth: checkTruth(truth, first), rng });
      return { ...own, classes: first.classes, members: aligned.length };
    },
    apply: (parameters, members) => {
      if (members.length !== parameters.members) {
        fail({
          code: 'ensemble-members',
          message: `these are not the members that "${name}" was fitted on`,
          expected: String(parameters.members),
          got: String(members.length),
          fix: 'apply it to predictions of the same models in the same order',
        });
      }
      const [first, ...rest] = members as readonly [Predictions, ...Predictions[]];
      const same = first.classes.every((known, k) => known === parameters.classes[k]);
      const columns = same && first.classes.length === parameters.classes.length;
      return parts.apply(
        parameters,
        alignMembers([columns ? first : first.alignClasses(parameters.classes), ...rest]),
      );
    },
  };
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
