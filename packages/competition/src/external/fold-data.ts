import { hashFile, PodiumError, shortHash } from '@podium/core';
import { type ManifestRow, readManifest, rowsOfFold } from '@podium/dataset';
import { assertNoLeak, type Teacher } from '@podium/pseudo-label';
import { readJsonFile } from '../artifacts/json.ts';

/** A trained model as a teacher, with the records of all who taught it, itself last. Training stages write it. */
export interface TeacherRecord {
  readonly key: string;
  readonly records: readonly Teacher[];
}

/** The rows that train and validate one fold, and who labeled the pseudo-labeled ones. */
export interface FoldData {
  /** The competition's rows, labeled external rows, and pseudo-labeled rows, in this order. */
  readonly train: readonly ManifestRow[];
  readonly validation: readonly ManifestRow[];
  /** The teacher whose labels are among `train`. */
  readonly teacher: TeacherRecord | undefined;
}

interface FoldSources {
  /** The competition's rows, with folds. */
  readonly rows: readonly ManifestRow[];
  readonly fold: number;
  /** Manifests of more rows that train: labeled external ones, pseudo-labeled ones. */
  readonly extra: readonly string[] | undefined;
  /** The record of the teacher whose labels are among them. */
  readonly teacher: string | undefined;
}

/**
 * The rows of one fold, held to what keeps its score honest: only true rows validate, and no label reaches the student from a
 * teacher that learned from the fold.
 * @throws PodiumError `pseudo-leak`, `pseudo-teachers`, `pseudo-untaught`, `fold-empty`
 */
export async function readFoldData({
  rows,
  fold,
  extra = [],
  teacher: file,
}: FoldSources): Promise<FoldData> {
  const teacher = file === undefined ? undefined : await readJsonFile<TeacherRecord>(file);
  const more: ManifestRow[] = [];
  for (const manifest of extra)
    for (const row of (await readManifest(manifest)).rows) if (hasLabel(row)) more.push(row);
  const { train, validation } = rowsOfFold([...rows, ...more], fold, { teacher: teacher?.key });
  const stray = more.filter(
    ({ provenance }) => provenance.kind === 'pseudo' && provenance.teacher !== teacher?.key,
  );
  assertNoLeak({ fold, train: [...train, ...stray], validation, teachers: teacher?.records ?? [] });
  // They would be dropped silently.
  for (const { id, provenance } of stray) {
    throw new PodiumError({
      code: 'pseudo-untaught',
      message: `row ${JSON.stringify(id)} has a label by another teacher than this student's`,
      expected: JSON.stringify(teacher?.key),
      got: JSON.stringify(provenance.kind === 'pseudo' && provenance.teacher),
      fix: 'pass the rows and the record of one teacher, which may be an ensemble',
    });
  }
  return { train, validation, teacher };
}

function hasLabel({ labels, softLabels = {} }: ManifestRow): boolean {
  return Object.keys(labels).length + Object.keys(softLabels).length > 0;
}

/**
 * What a trained model is as a teacher: a key that is the hash of its weights, the folds whose labels it was trained on, and
 * who taught it.
 */
export async function teacherRecord({ train, teacher }: FoldData, weights: string): Promise<TeacherRecord> {
  const folds = new Set(
    train.flatMap(({ provenance, fold }) => (provenance.kind === 'true' && fold !== undefined ? [fold] : [])),
  );
  const foldsSeen = [...folds].sort((a, b) => a - b);
  const key = shortHash(await hashFile(weights));
  if (teacher === undefined) return { key, records: [{ key, round: 1, foldsSeen }] };
  const { round } = teacher.records.at(-1)!;
  const student: Teacher = { key, round: round + 1, foldsSeen, taughtBy: [teacher.key] };
  return { key, records: [...teacher.records, student] };
}
