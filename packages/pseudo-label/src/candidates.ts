import type { Predictions } from '@podium/core';
import { fail } from './support/errors.ts';

/** What the teachers together say about every row, before any is accepted. */
export interface Candidates {
  readonly ids: readonly string[];
  readonly classes: readonly string[];
  /** `[N, K]`, sum 1. */
  readonly probabilities: Float64Array;
  /** `[N]`: the likeliest class, the first of equals. */
  readonly top: Int32Array;
  /** `[N]`: its probability. */
  readonly confidence: Float64Array;
  /** `[N]`: 1 where a row may be accepted at all, 0 where the teachers disagree. */
  readonly eligible: Uint8Array;
}

/**
 * The mean of the teachers' probabilities, row by row and class by class by name.
 * @param teachers single-label predictions of the same rows; logits go through softmax
 * @param classes the student's, whose order the result has; default: the first teacher's
 * @throws PodiumError `pseudo-teachers` where there is none, `pseudo-task` for multi-label, `pseudo-classes` where a
 * teacher knows other classes than the student, or there is one class only
 */
export function meanOfTeachers(
  teachers: readonly Predictions[],
  classes: readonly string[] | undefined = teachers[0]?.classes,
): Candidates {
  const members = alignTeachers(teachers, classes ?? []);
  const [first] = members as [Predictions];
  const probabilities = new Float64Array(first.values.length);
  for (const { values } of members) {
    for (let i = 0; i < values.length; i++)
      probabilities[i] = probabilities[i]! + values[i]! / members.length;
  }
  return candidatesOf(first, probabilities);
}

/** Candidates of `[N, K]` probabilities, each row made to sum to 1 exactly. */
function candidatesOf(
  { ids, classes }: { readonly ids: readonly string[]; readonly classes: readonly string[] },
  values: Float64Array,
): Candidates {
  const width = classes.length;
  const probabilities = new Float64Array(values.length);
  const top = new Int32Array(ids.length);
  const confidence = new Float64Array(ids.length);
  for (let row = 0; row < ids.length; row++) {
    const from = row * width;
    let [sum, best] = [0, 0];
    for (let k = 0; k < width; k++) {
      const value = values[from + k]!;
      sum += value;
      if (value > values[from + best]!) best = k;
    }
    for (let k = 0; k < width; k++) probabilities[from + k] = values[from + k]! / sum;
    top[row] = best;
    confidence[row] = probabilities[from + best]!;
  }
  return { ids, classes, probabilities, top, confidence, eligible: new Uint8Array(ids.length).fill(1) };
}

/** All teachers as probabilities with the first one's rows and the student's classes. */
export function alignTeachers(teachers: readonly Predictions[], classes: readonly string[]): Predictions[] {
  const [first] = teachers;
  if (first === undefined) {
    return fail({ code: 'pseudo-teachers', message: 'nobody labels', expected: 'a teacher', got: 'none' });
  }
  if (classes.length < 2) {
    fail({
      code: 'pseudo-classes',
      message: 'a teacher of one class is always sure, and teaches nothing',
      expected: 'two classes or more',
      got: classes.join('|') || 'none',
    });
  }
  return teachers.map((teacher, index) => {
    if (teacher.task !== 'single-label') {
      fail({
        code: 'pseudo-task',
        message: `teacher ${index}: pseudo labels are made of heads with one class a row`,
        expected: 'single-label',
        got: teacher.task,
        fix: 'leave this head out',
      });
    }
    const named = sameNames(teacher.classes, classes) ? teacher : withClasses(teacher, classes, index);
    const rows = index === 0 || sameNames(named.ids, first.ids) ? named : sameRows(named, first, index);
    return rows.kind === 'logits' ? rows.softmax() : rows;
  });
}

function withClasses(teacher: Predictions, classes: readonly string[], index: number): Predictions {
  const [extra, missing] = [minus(teacher.classes, classes), minus(classes, teacher.classes)];
  if (extra.length === 0 && missing.length === 0) return teacher.alignClasses(classes);
  return fail({
    code: 'pseudo-classes',
    message: `teacher ${index} and student have different classes${list(', only the teacher knows', extra)}${list(', only the student knows', missing)}`,
    expected: classes.join('|'),
    got: teacher.classes.join('|'),
    fix: 'train the teacher on the classes of the student',
  });
}

function sameRows(teacher: Predictions, first: Predictions, index: number): Predictions {
  const [extra, missing] = [minus(teacher.ids, first.ids), minus(first.ids, teacher.ids)];
  if (extra.length === 0 && missing.length === 0) return teacher.align(first.ids);
  return fail({
    code: 'pseudo-teachers',
    message: `teacher ${index} labels other rows than teacher 0: ${JSON.stringify(missing[0] ?? extra[0])} is one that only ${missing.length > 0 ? 'teacher 0' : `teacher ${index}`} has`,
    expected: `the same ${first.length} ids`,
    got: `${teacher.length} ids`,
    fix: 'let all teachers predict the same images',
  });
}

function minus(a: readonly string[], b: readonly string[]): string[] {
  const known = new Set(b);
  return a.filter((name) => !known.has(name));
}

function list(before: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `${before} ${names.slice(0, 5).join(', ')}`;
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}
