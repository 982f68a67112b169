import { compareCodeUnits, fail, type Predictions, type Rng } from '@podium/core';
import { parseSettings } from '@podium/core/settings';
import type { z } from 'zod';
import { type Candidates, meanOfTeachers } from './mean-of-teachers.ts';
import type { PseudoLabel, PseudoLabelSet } from './pseudo-label-set.ts';

/** The input of a method. */
export interface LabelInput {
  /** Name of the head that the teachers predict. */
  readonly head: string;
  /** Each teacher's predictions of the unlabeled rows, preferably calibrated (see `calibrateTeachers`). */
  readonly teachers: readonly Predictions[];
  /** The student's classes, in the order of its outputs. Default: the first teacher's. */
  readonly classes?: readonly string[];
  /** 1 for the first pseudo labels. Default 1. */
  readonly round?: number;
  /** The same teachers' out-of-fold predictions of labeled rows that the student may use. */
  readonly outOfFold?: OutOfFold;
  readonly rng: Rng;
}

/** Labeled rows, each predicted by a model that was trained without it. */
export interface OutOfFold {
  /** One per teacher, in order. */
  readonly members: readonly Predictions[];
  /** `[N]`: true classes, as indices into the first member's classes, by its rows. */
  readonly truth: Int32Array;
}

/** A way to turn teachers' predictions into pseudo labels: a pure function, with equal results for equal inputs. */
export interface LabelMethod {
  readonly name: string;
  /** Which rows get labels: unlabeled ones, or labeled ones, whose labels become softer. */
  readonly of: 'unlabeled' | 'labeled';
  /** Number of rounds: the student of one round is the teacher of the next. */
  readonly rounds: number;
  /** The teachers' combined predictions, before any row is accepted; also used for out-of-fold rows (see `expectedPrecision`). */
  readonly candidates: (teachers: readonly Predictions[], classes?: readonly string[]) => Candidates;
  /**
   * Accepts rows and labels them.
   * @throws PodiumError `pseudo-teachers`, `pseudo-classes`, `pseudo-task`, `pseudo-round`, `pseudo-out-of-fold`
   */
  readonly label: (input: LabelInput) => PseudoLabelSet;
}

/** A method in the registry. */
export interface LabelMethodEntry {
  /** `curriculum` */
  readonly name: string;
  /** One sentence for lists. */
  readonly summary: string;
  /** Schema of its settings. */
  readonly settings: z.ZodObject;
  /**
   * The method with these settings. Default: the schema's defaults.
   * @throws PodiumError `pseudo-setting`
   */
  readonly parse: (settings?: unknown) => LabelMethod;
}

/**
 * Checks the settings of a method and fills in defaults.
 * @throws PodiumError `pseudo-setting`
 */
export function methodSettings<Schema extends z.ZodObject>(
  name: string,
  schema: Schema,
  settings: unknown = {},
): z.output<Schema> {
  return parseSettings(schema, settings, { owner: `method "${name}"`, code: 'pseudo-setting' });
}

/** The input of the part of a method that selects rows. */
export interface SelectionInput extends LabelInput {
  readonly round: number;
  readonly candidates: Candidates;
}

/** An accepted row. */
export interface SelectedRow {
  readonly row: number;
  /** Default 1. */
  readonly weight?: number;
  /** Default 1. */
  readonly copies?: number;
}

/**
 * Creates a method from a rule that selects candidates.
 *
 * @example
 * defineLabelMethod({
 *   name: 'everything',
 *   target: 'hard',
 *   select: ({ candidates }) => ({
 *     rows: candidates.ids.map((_, row) => ({ row })),
 *     thresholds: candidates.classes.map(() => 0),
 *   }),
 * });
 */
export function defineLabelMethod(parts: {
  readonly name: string;
  readonly rounds?: number;
  readonly candidates?: LabelMethod['candidates'];
  /** The target of training: the most likely class, or these probabilities `[N,K]`. */
  readonly target: 'hard' | ((candidates: Candidates) => Float64Array);
  readonly select: (input: SelectionInput) => {
    readonly rows: readonly SelectedRow[];
    /** One per class. */
    readonly thresholds: ArrayLike<number>;
    /** For the user, beside the usual ones. */
    readonly warnings?: readonly string[];
  };
}): LabelMethod {
  const { name, rounds = 1, target, candidates: combine = meanOfTeachers, select } = parts;
  return {
    name,
    of: 'unlabeled',
    rounds,
    candidates: combine,
    label: (input) => {
      const round = checkRound(input.round ?? 1);
      const candidates = combine(input.teachers, input.classes);
      const { rows, thresholds, warnings = [] } = select({ ...input, round, candidates });
      const { head } = input;
      const { classes, top } = candidates;
      const soft = target === 'hard' ? undefined : target(candidates);
      const counts = classes.map(() => ({ candidates: 0, accepted: 0, copies: 0 }));
      for (const k of top) counts[k]!.candidates++;
      const labels = rows.map((selected) => {
        const label = labelOf(candidates, selected, head, soft);
        const count = counts[top[selected.row]!]!;
        count.accepted++;
        count.copies += label.copies;
        return label;
      });
      return {
        method: name,
        head,
        classes,
        round,
        labels: labels.sort((a, b) => compareCodeUnits(a.id, b.id)),
        thresholds: Array.from(thresholds),
        counts,
        warnings:
          warnings.length > 0 && labels.length === 0
            ? [...warnings]
            : [...warnings, ...warningsOf(candidates, labels, thresholds)],
      };
    },
  };
}

function labelOf(
  { ids, classes, top, confidence }: Candidates,
  { row, weight = 1, copies = 1 }: SelectedRow,
  head: string,
  soft: Float64Array | undefined,
): PseudoLabel {
  const width = classes.length;
  return {
    id: ids[row]!,
    head,
    label: classes[top[row]!]!,
    ...(soft && { soft: Array.from(soft.subarray(row * width, (row + 1) * width)) }),
    confidence: Math.min(1, confidence[row]!),
    weight,
    copies,
  };
}

function warningsOf(
  { ids, classes, confidence, eligible, top }: Candidates,
  labels: readonly PseudoLabel[],
  thresholds: ArrayLike<number>,
): string[] {
  if (ids.length === 0) return ['there are no rows to label'];
  if (labels.length === 0) {
    let best = -1;
    ids.forEach((id, row) => {
      if (eligible[row] === 0) return;
      const ahead = best < 0 ? 1 : confidence[row]! - confidence[best]!;
      if (ahead > 0 || (ahead === 0 && id < ids[best]!)) best = row;
    });
    if (best < 0) return [`none of ${ids.length} rows is labeled: the teachers agree on none`];
    const k = top[best]!;
    const limit =
      thresholds[k]! > 1
        ? 'of which no row is accepted'
        : `below the threshold of ${thresholds[k]!.toFixed(3)}`;
    return [
      `none of ${ids.length} rows is labeled: the most confident, ${JSON.stringify(ids[best])}, is "${classes[k]}" with ${confidence[best]!.toFixed(3)}, ${limit}`,
    ];
  }
  const labeled = new Set(labels.map(({ label }) => label));
  if (labeled.size > 1) return [];
  return [
    `all ${labels.length} labels are "${[...labeled][0]}", which a student would learn to predict for everything; lower the threshold, or choose a method that balances classes`,
  ];
}

function checkRound(round: number): number {
  if (Number.isInteger(round) && round >= 1) return round;
  return fail({
    code: 'pseudo-round',
    path: { key: 'round' },
    expected: 'an integer >= 1; the first pseudo labels are round 1',
    got: String(round),
  });
}
