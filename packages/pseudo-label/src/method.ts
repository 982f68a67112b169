import type { Predictions, Rng } from '@podium/core';
import { type Candidates, meanOfTeachers } from './candidates.ts';
import type { Labeling, PseudoLabel } from './labels.ts';
import { fail } from './support/errors.ts';
import { byText } from './support/order.ts';

/** What a method is given to label. */
export interface Lesson {
  /** The head that the teachers predict, for the labels' own account. */
  readonly head: string;
  /** Every teacher's predictions of the unlabeled rows, calibrated if they can be (see `calibrateTeachers`). */
  readonly teachers: readonly Predictions[];
  /** The student's, in the order of its outputs. Default: the first teacher's. */
  readonly classes?: readonly string[];
  /** 1 for the first pseudo labels. Default 1. */
  readonly round?: number;
  /** Out-of-fold predictions by the same teachers on labeled rows that the student may know, and their true classes. */
  readonly outOfFold?: OutOfFold;
  readonly rng: Rng;
}

/** Labeled rows, each predicted by a model that had not seen it. */
export interface OutOfFold {
  /** One a teacher, in the teachers' order. */
  readonly members: readonly Predictions[];
  /** `[N]`: indices into the first member's classes, by its rows. */
  readonly truth: Int32Array;
}

/** A way to turn teachers' predictions into pseudo labels: a pure function, the same for the same lesson. */
export interface LabelMethod {
  readonly name: string;
  /** Which rows get labels: those without one, or labeled ones, whose labels become softer. */
  readonly of: 'unlabeled' | 'labeled';
  /** How many rounds it is meant for: the student of one is the teacher of the next. */
  readonly rounds: number;
  /** What the teachers say, before any row is accepted; the same rule goes for out-of-fold rows (see `expectedPrecision`). */
  readonly candidates: (teachers: readonly Predictions[], classes?: readonly string[]) => Candidates;
  /**
   * The rows that are accepted, with their labels.
   * @throws PodiumError `pseudo-teachers`, `pseudo-classes`, `pseudo-task`, `pseudo-round`, `pseudo-out-of-fold`
   */
  readonly label: (lesson: Lesson) => Labeling;
}

/** A method as the registry has it. */
export interface LabelMethodEntry {
  /** `curriculum`. */
  readonly name: string;
  /** One sentence for a list. */
  readonly summary: string;
  /**
   * The method with these settings; all have defaults.
   * @throws PodiumError `pseudo-setting`
   */
  readonly parse: (settings?: unknown) => LabelMethod;
}

/** What is known while rows are chosen. */
export interface Choosing extends Lesson {
  readonly round: number;
  readonly candidates: Candidates;
}

/** An accepted row. */
export interface Chosen {
  readonly row: number;
  /** Default 1. */
  readonly weight?: number;
  /** Default 1. */
  readonly copies?: number;
}

/** A method from a rule that chooses among candidates. */
export function defineLabelMethod(parts: {
  readonly name: string;
  readonly rounds?: number;
  readonly candidates?: LabelMethod['candidates'];
  /** What is trained on: the likeliest class, or these probabilities `[N, K]`. */
  readonly target: 'hard' | ((candidates: Candidates) => Float64Array);
  readonly choose: (choosing: Choosing) => {
    readonly rows: readonly Chosen[];
    /** By class. */
    readonly thresholds: ArrayLike<number>;
  };
}): LabelMethod {
  const { name, rounds = 1, target, candidates: make = meanOfTeachers } = parts;
  return {
    name,
    of: 'unlabeled',
    rounds,
    candidates: make,
    label: (lesson) => {
      const round = checkRound(lesson.round ?? 1);
      const candidates = make(lesson.teachers, lesson.classes);
      const { rows, thresholds } = parts.choose({ ...lesson, round, candidates });
      const { head } = lesson;
      const { classes, top } = candidates;
      const soft = target === 'hard' ? undefined : target(candidates);
      const counts = classes.map(() => ({ candidates: 0, accepted: 0, copies: 0 }));
      for (const k of top) counts[k]!.candidates++;
      const labels = rows.map((chosen) => {
        const label = labelOf(candidates, chosen, head, soft);
        const count = counts[top[chosen.row]!]!;
        count.accepted++;
        count.copies += label.copies;
        return label;
      });
      return {
        method: name,
        head,
        classes,
        round,
        labels: labels.sort((a, b) => byText(a.id, b.id)),
        thresholds: Array.from(thresholds),
        counts,
        warnings: warningsOf(candidates, labels, thresholds),
      };
    },
  };
}

function labelOf(
  { ids, classes, top, confidence }: Candidates,
  { row, weight = 1, copies = 1 }: Chosen,
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
    return [
      `none of ${ids.length} rows is labeled: the surest, ${JSON.stringify(ids[best])}, is "${classes[k]}" with ${confidence[best]!.toFixed(3)}, and ${thresholds[k]!.toFixed(3)} is needed`,
    ];
  }
  const only = new Set(labels.map(({ label }) => label));
  if (only.size > 1) return [];
  return [
    `all ${labels.length} labels are "${[...only][0]}": a student of these would learn to answer that; lower the threshold, or choose a method that balances classes`,
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
