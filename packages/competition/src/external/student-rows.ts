import { hashFile, PodiumError, shortHash } from '@podium/core';
import { type ManifestRow, readManifest, rowsOfFold } from '@podium/dataset';
import { refuseLeak, type Teacher } from '@podium/pseudo-label';
import { readJsonFile } from '../artifacts/json.ts';

/** A trained model as a teacher, with the records of all who taught it, itself last. What a training stage writes. */
export interface TeacherRecord {
  readonly key: string;
  readonly records: readonly Teacher[];
}

/** Rows that train and validate one fold, and what the trained model will have learned from. */
export interface FoldLesson {
  /** The competition's rows, external rows with labels, and rows with pseudo labels, in this order. */
  readonly train: readonly ManifestRow[];
  readonly validation: readonly ManifestRow[];
  /** Records of the teachers whose labels are among `train`. */
  readonly taught: TeacherRecord | undefined;
}

interface LessonSources {
  /** The competition's rows, with folds. */
  readonly rows: readonly ManifestRow[];
  readonly fold: number;
  /** Manifests of more rows that train: external ones with labels, pseudo-labeled ones. */
  readonly extra: readonly string[] | undefined;
  /** The record of the teacher whose labels are among them. */
  readonly teacher: string | undefined;
}

/**
 * The rows of one fold with those that come from elsewhere, held to what makes its score honest: nothing but true rows
 * validates, and no label reaches the student from a teacher who learned of the fold.
 * @throws PodiumError `pseudo-leak`, `pseudo-teachers`, `pseudo-untaught`, `fold-empty`
 */
export async function lessonOf({
  rows,
  fold,
  extra = [],
  teacher: file,
}: LessonSources): Promise<FoldLesson> {
  const taught = file === undefined ? undefined : await readJsonFile<TeacherRecord>(file);
  const more: ManifestRow[] = [];
  for (const manifest of extra)
    more.push(...(await readManifest(manifest)).rows.filter((row) => hasLabel(row)));
  const { train, validation } = rowsOfFold([...rows, ...more], fold, {
    ...(taught !== undefined && { teacher: taught.key }),
  });
  const stray = more.filter(
    ({ provenance }) => provenance.kind === 'pseudo' && provenance.teacher !== taught?.key,
  );
  refuseLeak({ fold, train: [...train, ...stray], validation, teachers: taught?.records ?? [] });
  // They would fall out silently.
  for (const { id, provenance } of stray) {
    throw new PodiumError({
      code: 'pseudo-untaught',
      message: `row ${JSON.stringify(id)} has a label by another teacher than this student's`,
      expected: JSON.stringify(taught?.key),
      got: JSON.stringify(provenance.kind === 'pseudo' && provenance.teacher),
      fix: 'pass rows and record of one teacher, who may be an ensemble',
    });
  }
  return { train, validation, taught };
}

function hasLabel({ labels, softLabels = {} }: ManifestRow): boolean {
  return Object.keys(labels).length + Object.keys(softLabels).length > 0;
}

/**
 * What a trained model may be called as a teacher: a key that is the hash of its weights, the folds whose labels it was
 * trained on, and who taught it.
 */
export async function recordOf({ train, taught }: FoldLesson, weights: string): Promise<TeacherRecord> {
  const folds = new Set(
    train.flatMap(({ provenance, fold }) => (provenance.kind === 'true' && fold !== undefined ? [fold] : [])),
  );
  const foldsSeen = [...folds].sort((a, b) => a - b);
  const key = shortHash(await hashFile(weights));
  if (taught === undefined) return { key, records: [{ key, round: 1, foldsSeen }] };
  const { round } = taught.records.at(-1)!;
  const own: Teacher = { key, round: round + 1, foldsSeen, taughtBy: [taught.key] };
  return { key, records: [...taught.records, own] };
}
