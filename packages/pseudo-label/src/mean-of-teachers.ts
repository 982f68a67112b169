import { argmax, fail, type Predictions } from '@podium/core';

/** The combined predictions of all teachers, before any row is accepted. */
export interface Candidates {
  readonly ids: readonly string[];
  readonly classes: readonly string[];
  /** `[N,K]`, rows of sum 1. */
  readonly probabilities: Float64Array;
  /** `[N]`: the most likely class, the first of equals. */
  readonly top: Int32Array;
  /** `[N]`: its probability. */
  readonly confidence: Float64Array;
  /** `[N]`: 1 for rows that may be accepted, 0 for those on which the teachers disagree. */
  readonly eligible: Uint8Array;
}

/**
 * The mean of the teachers' probabilities, with rows and classes aligned by name.
 * @param teachers single-label predictions of the same rows; logits are converted by softmax
 * @param classes the student's classes, in the order of the result; default: the first teacher's
 * @throws PodiumError `pseudo-teachers` without teachers, `pseudo-task` for multi-label predictions, `pseudo-classes` if a
 * teacher and the student have different classes, or there is only one class
 */
export function meanOfTeachers(
  teachers: readonly Predictions[],
  classes: readonly string[] | undefined = teachers[0]?.classes,
): Candidates {
  const members = alignTeachers(teachers, classes ?? []);
  const first = members[0]!;
  const probabilities = new Float64Array(first.values.length);
  for (const { values } of members) {
    for (let i = 0; i < values.length; i++)
      probabilities[i] = probabilities[i]! + values[i]! / members.length;
  }
  return candidatesOf(first, probabilities);
}

/** Candidates of `[N,K]` probabilities, each row normalized to sum 1. */
function candidatesOf({ ids, classes }: Predictions, values: Float64Array): Candidates {
  const width = classes.length;
  const probabilities = new Float64Array(values.length);
  const top = new Int32Array(ids.length);
  const confidence = new Float64Array(ids.length);
  for (let row = 0; row < ids.length; row++) {
    const start = row * width;
    let sum = 0;
    for (let k = 0; k < width; k++) sum += values[start + k]!;
    for (let k = 0; k < width; k++) probabilities[start + k] = values[start + k]! / sum;
    const best = argmax(values, start, width);
    top[row] = best;
    confidence[row] = probabilities[start + best]!;
  }
  return { ids, classes, probabilities, top, confidence, eligible: new Uint8Array(ids.length).fill(1) };
}

/** All teachers' probabilities with the first teacher's rows and the student's classes. */
export function alignTeachers(teachers: readonly Predictions[], classes: readonly string[]): Predictions[] {
  const [first] = teachers;
  if (first === undefined) {
    return fail({ code: 'pseudo-teachers', message: 'no teachers', expected: 'at least one', got: 'none' });
  }
  if (classes.length < 2) {
    fail({
      code: 'pseudo-classes',
      message: 'pseudo labels of a single class teach nothing',
      expected: 'two classes or more',
      got: classes.join('|') || 'none',
    });
  }
  return teachers.map((teacher, index) => {
    if (teacher.task !== 'single-label') {
      fail({
        code: 'pseudo-task',
        message: `teacher ${index}: pseudo labels need heads with one class per row`,
        expected: 'single-label',
        got: teacher.task,
        fix: 'leave out this head',
      });
    }
    const named = sameNames(teacher.classes, classes) ? teacher : withClasses(teacher, classes, index);
    const rows = index === 0 || sameNames(named.ids, first.ids) ? named : withRows(named, first, index);
    return rows.kind === 'logits' ? rows.softmax() : rows;
  });
}

function withClasses(teacher: Predictions, classes: readonly string[], index: number): Predictions {
  const [extra, missing] = [minus(teacher.classes, classes), minus(classes, teacher.classes)];
  if (extra.length === 0 && missing.length === 0) return teacher.alignClasses(classes);
  return fail({
    code: 'pseudo-classes',
    message: `teacher ${index} and student have different classes${list(', only the teacher has', extra)}${list(', only the student has', missing)}`,
    expected: classes.join('|'),
    got: teacher.classes.join('|'),
    fix: "train the teacher on the student's classes",
  });
}

function withRows(teacher: Predictions, first: Predictions, index: number): Predictions {
  const [extra, missing] = [minus(teacher.ids, first.ids), minus(first.ids, teacher.ids)];
  if (extra.length === 0 && missing.length === 0) return teacher.align(first.ids);
  return fail({
    code: 'pseudo-teachers',
    message: `teachers 0 and ${index} have different rows: ${JSON.stringify(missing[0] ?? extra[0])} is only in ${missing.length > 0 ? 'teacher 0' : `teacher ${index}`}`,
    expected: `the same ${first.length} ids`,
    got: `${teacher.length} ids`,
    fix: 'predict the same images with all teachers',
  });
}

function minus(a: readonly string[], b: readonly string[]): string[] {
  const known = new Set(b);
  return a.filter((name) => !known.has(name));
}

function list(prefix: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `${prefix} ${names.slice(0, 5).join(', ')}`;
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}
