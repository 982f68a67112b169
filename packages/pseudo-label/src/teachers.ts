import { fail } from './support/errors.ts';

/** A model that labels, and all that is known of what it knows. Plain JSON. */
export interface Teacher {
  /** As rows name it in their provenance: the key of its checkpoint or predictions. */
  readonly key: string;
  /** Of the labels that it gives: 1 where it was trained on true labels only, 2 where on labels of round 1 too, ... */
  readonly round: number;
  /** Folds whose true labels it was trained on, or selected by. */
  readonly foldsSeen: readonly number[];
  /** Keys of teachers whose output went into it: whose labels it was trained on, or the members of an ensemble. */
  readonly taughtBy?: readonly string[];
}

/** Teachers by key, with every fold whose labels reached each of them. */
export interface Teachers {
  /**
   * @throws PodiumError `pseudo-teachers` for a key that no teacher has
   */
  get(key: string): Teacher;
  /**
   * How a fold's labels came to a teacher: `['b', 'a']` where b was taught by a, who saw the fold; undefined where they did
   * not.
   */
  seen(key: string, fold: number): readonly string[] | undefined;
}

/**
 * Follows who taught whom, so that a round 2 whose round 1 had seen a fold is found out.
 * @throws PodiumError `pseudo-teachers` for two records with one key, a teacher that is not there, one that taught itself
 * by whatever way, or one of an earlier round than those who taught it
 */
export function knowTeachers(list: readonly Teacher[]): Teachers {
  const byKey = new Map<string, Teacher>();
  for (const teacher of list) {
    if (byKey.has(teacher.key)) refuse(`two teachers are called ${JSON.stringify(teacher.key)}`);
    if (!Number.isInteger(teacher.round) || teacher.round < 1) {
      refuse(
        `the round of teacher ${JSON.stringify(teacher.key)} is ${teacher.round}, and rounds start at 1`,
      );
    }
    byKey.set(teacher.key, teacher);
  }
  const get = (key: string) =>
    byKey.get(key) ??
    fail({
      code: 'pseudo-teachers',
      message: 'what this teacher has seen is not known, so its labels cannot be trusted',
      expected: [...byKey.keys()],
      got: JSON.stringify(key),
      fix: 'pass the record of every teacher, of earlier rounds too',
    });
  /** By teacher, the way by which each fold came to it. */
  const ways = new Map<string, ReadonlyMap<number, readonly string[]>>();
  const open = new Set<string>();
  const waysOf = (key: string): ReadonlyMap<number, readonly string[]> => {
    const known = ways.get(key);
    if (known !== undefined) return known;
    if (open.has(key)) refuse(`teacher ${JSON.stringify(key)} was taught by itself: ${[...open].join(', ')}`);
    open.add(key);
    const { round, foldsSeen, taughtBy = [] } = get(key);
    const own = new Map<number, readonly string[]>(foldsSeen.map((fold) => [fold, [key]]));
    for (const other of taughtBy) {
      if (get(other).round > round) {
        refuse(
          `teacher ${JSON.stringify(key)} of round ${round} was taught by ${JSON.stringify(other)} of round ${get(other).round}`,
        );
      }
      for (const [fold, way] of waysOf(other)) {
        if (!own.has(fold)) own.set(fold, [key, ...way]);
      }
    }
    open.delete(key);
    ways.set(key, own);
    return own;
  };
  for (const key of byKey.keys()) waysOf(key);
  return { get, seen: (key, fold) => waysOf(get(key).key).get(fold) };
}

function refuse(message: string): never {
  return fail({
    code: 'pseudo-teachers',
    message,
    fix: 'correct the records of the teachers: key, round, foldsSeen, taughtBy',
  });
}
