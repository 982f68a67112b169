import { fail } from '@podium/core';

/** What a model that labels images was trained on. Plain JSON. */
export interface Teacher {
  /** The key of its checkpoint or predictions, by which rows refer to it. */
  readonly key: string;
  /** Round of the labels that it gives: 1 if it was trained on true labels only, 2 if also on labels of round 1, and so on. */
  readonly round: number;
  /** Folds whose true labels it was trained on, or selected by. */
  readonly foldsSeen: readonly number[];
  /** Keys of the teachers whose labels it was trained on, or of the members of an ensemble. */
  readonly taughtBy?: readonly string[];
}

/** Teachers by key, with all folds whose labels reached them. */
export interface TeacherLineage {
  /**
   * @throws PodiumError `pseudo-teachers` for an unknown key
   */
  get(key: string): Teacher;
  /**
   * How the labels of a fold reached a teacher: `['b', 'a']` if b was taught by a, which was trained on the fold; undefined if
   * they did not.
   */
  pathTo(key: string, fold: number): readonly string[] | undefined;
}

/**
 * Follows who taught whom, to find folds that reached a teacher through earlier rounds.
 * @throws PodiumError `pseudo-teachers` for duplicate or unknown keys, a teacher that taught itself, directly or not, or one
 * of an earlier round than those who taught it
 */
export function teacherLineage(teachers: readonly Teacher[]): TeacherLineage {
  const byKey = new Map<string, Teacher>();
  for (const teacher of teachers) {
    if (byKey.has(teacher.key)) invalid(`two teachers have the key ${JSON.stringify(teacher.key)}`);
    if (!Number.isInteger(teacher.round) || teacher.round < 1) {
      invalid(
        `the round of teacher ${JSON.stringify(teacher.key)} is ${teacher.round}, but rounds start at 1`,
      );
    }
    byKey.set(teacher.key, teacher);
  }
  const get = (key: string) =>
    byKey.get(key) ??
    fail({
      code: 'pseudo-teachers',
      message: 'unknown teacher: without knowing what it was trained on, its labels cannot be trusted',
      expected: [...byKey.keys()],
      got: JSON.stringify(key),
      fix: 'pass the records of all teachers, including those of earlier rounds',
    });
  /** By teacher and fold. */
  const paths = new Map<string, ReadonlyMap<number, readonly string[]>>();
  const visiting = new Set<string>();
  const pathsOf = (key: string): ReadonlyMap<number, readonly string[]> => {
    const known = paths.get(key);
    if (known !== undefined) return known;
    if (visiting.has(key)) {
      invalid(`teacher ${JSON.stringify(key)} was taught by itself: ${[...visiting].join(', ')}`);
    }
    visiting.add(key);
    const { round, foldsSeen, taughtBy = [] } = get(key);
    const result = new Map<number, readonly string[]>(foldsSeen.map((fold) => [fold, [key]]));
    for (const other of taughtBy) {
      if (get(other).round > round) {
        invalid(
          `teacher ${JSON.stringify(key)} of round ${round} was taught by ${JSON.stringify(other)} of round ${get(other).round}`,
        );
      }
      for (const [fold, path] of pathsOf(other)) {
        if (!result.has(fold)) result.set(fold, [key, ...path]);
      }
    }
    visiting.delete(key);
    paths.set(key, result);
    return result;
  };
  for (const key of byKey.keys()) pathsOf(key);
  return { get, pathTo: (key, fold) => pathsOf(get(key).key).get(fold) };
}

function invalid(message: string): never {
  return fail({
    code: 'pseudo-teachers',
    message,
    fix: "correct the teachers' records: key, round, foldsSeen, taughtBy",
  });
}
