import { fail, type Predictions, type Rng, type Score } from '@podium/core';
import { parseSettings } from '@podium/core/settings';
import type { z } from 'zod';
import { alignMembers } from './members/align-members.ts';
import { checkTruth } from './members/check-truth.ts';

/** Everything that a method is fitted to. */
export interface FitRows {
  /** Out-of-fold predictions of every member. */
  readonly members: readonly Predictions[];
  /** Class indices `[N]` in the order of the first member's rows and classes. */
  readonly truth: Int32Array;
  readonly rng: Rng;
}

/**
 * A way to combine or refine predictions with parameters that are fitted to true labels: weights, a stacked model,
 * thresholds, a temperature. The score on the rows it was fitted to is too optimistic; use `nested` for an honest one.
 */
export interface Method<Parameters = unknown> {
  readonly name: string;
  /** Fits the parameters, which are plain JSON: one stage can store them, and another apply them to the test rows. */
  fit(rows: FitRows): Parameters;
  /** Applies parameters to the same members in the same order. The result has the first member's rows. */
  apply(parameters: Parameters, members: readonly Predictions[]): Predictions;
}

/** What parameters were fitted to, so that they are never applied to other columns or members. */
export interface FittedOn {
  readonly classes: readonly string[];
  /** Number of members. */
  readonly members: number;
}

/**
 * Creates a method. `fit` and `apply` get aligned members and a checked truth; `apply` gets the columns in the order in
 * which they were fitted, by name.
 */
export function defineMethod<Parameters extends object>(parts: {
  readonly name: string;
  readonly fit: (rows: FitRows) => Parameters;
  readonly apply: (parameters: Parameters, members: readonly Predictions[]) => Predictions;
}): Method<Parameters & FittedOn> {
  const { name } = parts;
  return {
    name,
    fit: ({ members, truth, rng }) => {
      const aligned = alignMembers(members);
      const first = aligned[0]!;
      const parameters = parts.fit({ members: aligned, truth: checkTruth(truth, first), rng });
      return { ...parameters, classes: first.classes, members: aligned.length };
    },
    apply: (parameters, members) => {
      if (members.length !== parameters.members) {
        fail({
          code: 'ensemble-members',
          message: `"${name}" was fitted to other members`,
          expected: String(parameters.members),
          got: String(members.length),
          fix: 'apply it to predictions of the same models in the same order',
        });
      }
      const [first, ...rest] = members as readonly [Predictions, ...Predictions[]];
      const same =
        first.classes.length === parameters.classes.length &&
        first.classes.every((known, k) => known === parameters.classes[k]);
      return parts.apply(
        parameters,
        alignMembers([same ? first : first.alignClasses(parameters.classes), ...rest]),
      );
    },
  };
}

/** A method in the registry. */
export interface MethodEntry {
  /** `selection` */
  readonly name: string;
  /** One sentence for lists. */
  readonly summary: string;
  /** Schema of its settings. */
  readonly settings: z.ZodObject;
  /**
   * The method with these settings (default: the schema's defaults), fitted to the context's score if it fits a score.
   * @throws PodiumError `ensemble-setting`
   */
  readonly parse: (settings: unknown, context: MethodContext) => Method;
}

export interface MethodContext {
  readonly score: Score;
}

/**
 * Checks the settings of a method and fills in defaults.
 * @throws PodiumError `ensemble-setting`
 */
export function methodSettings<Schema extends z.ZodObject>(
  name: string,
  schema: Schema,
  settings: unknown = {},
): z.output<Schema> {
  return parseSettings(schema, settings, { owner: `method "${name}"`, code: 'ensemble-setting' });
}
