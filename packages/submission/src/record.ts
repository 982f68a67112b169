import { readFile } from 'node:fs/promises';
import { canonicalText, fileError, PodiumError } from '@podium/core';
import { settingsProblems } from '@podium/core/settings';
import { decodeRunRecord, encodeRunRecord, type RunRecord } from '@podium/pipeline';
import { z } from 'zod';
import type { FormSettings } from './form.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

const schema = z.strictObject({
  format: z.literal('podium-submission-1'),
  competition: z.string().min(1),
  run: z.string().min(1),
  submission: z.strictObject({
    file: z.string(),
    sha256: hash,
    bytes: z.int().min(0),
    rows: z.int().min(0),
    form: z.looseObject({ form: z.string(), keep: z.array(z.string()).optional() }),
  }),
  sample: z.strictObject({ path: z.string(), sha256: hash }).nullable(),
  score: z
    .strictObject({
      metric: z.string(),
      direction: z.enum(['higher', 'lower']),
      cv: z.number(),
      low: z.number(),
      high: z.number(),
      confidence: z.number().gt(0).lt(1),
      folds: z.array(z.strictObject({ fold: z.int().min(0), rows: z.int().min(0), score: z.number() })),
    })
    .nullable(),
  settings: z.json(),
  seeds: z.array(z.union([z.string(), z.number()])),
  warnings: z.array(z.strictObject({ rule: z.string(), message: z.string() })),
  stages: z.json(),
});

/** Everything that a submission was made from: enough to make its bytes again, or to say why that gives others. */
export interface SubmissionRecord {
  readonly format: 'podium-submission-1';
  readonly competition: string;
  readonly run: string;
  readonly submission: {
    /** Name of the CSV beside the record. */
    readonly file: string;
    readonly sha256: string;
    readonly bytes: number;
    /** Without the header. */
    readonly rows: number;
    /** Complete settings of the form: `BoundForm.settings`. */
    readonly form: FormSettings;
  };
  /** The sample submission, relative to the competition's folder. */
  readonly sample: { readonly path: string; readonly sha256: string } | null;
  /** The cross-validation score with its interval; null where nothing was held out. */
  readonly score: RecordedScore | null;
  /** The competition's settings as the run had them, defaults filled in; JSON. */
  readonly settings: unknown;
  readonly seeds: readonly (string | number)[];
  /** What the linter warned of. */
  readonly warnings: readonly { readonly rule: string; readonly message: string }[];
  /** Data hashes (`sources`), engine, versions, git commit, and every stage with its key, settings and outputs. */
  readonly stages: RunRecord;
}

export interface RecordedScore {
  readonly metric: string;
  readonly direction: 'higher' | 'lower';
  readonly cv: number;
  readonly low: number;
  readonly high: number;
  /** 0.95: how sure the interval is. */
  readonly confidence: number;
  readonly folds: readonly { readonly fold: number; readonly rows: number; readonly score: number }[];
}

/**
 * The one text of a record: keys sorted, two spaces a level, one line feed at the end. No clock has a part in it.
 * @throws PodiumError `record-invalid` for what is no record
 */
export function encodeSubmissionRecord(record: SubmissionRecord): string {
  const plain = JSON.parse(canonicalText({ ...record, stages: JSON.parse(encodeRunRecord(record.stages)) }));
  decodeValue(plain, undefined);
  return `${JSON.stringify(plain, null, 2)}\n`;
}

/**
 * Reads a record's text and checks it: its form, and that every stage's key is that of what stands beside it.
 * @param file for messages
 * @throws PodiumError `record-not-json`, `record-invalid` naming the key, `record-edited` naming the stage
 */
export function decodeSubmissionRecord(text: string, file?: string): SubmissionRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new PodiumError({
      code: 'record-not-json',
      ...(file !== undefined && { path: { file } }),
      expected: "a submission's record, in JSON",
      got: error instanceof Error ? error.message : String(error),
      fix: 'take the file as the run wrote it; it may have been cut short or edited',
    });
  }
  return decodeValue(value, file);
}

/** @throws PodiumError as {@link decodeSubmissionRecord}, and `file-not-found`, `file-not-readable` */
export async function readSubmissionRecord(file: string): Promise<SubmissionRecord> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fileError(error, file, 'read');
  });
  return decodeSubmissionRecord(text, file);
}

function decodeValue(value: unknown, file: string | undefined): SubmissionRecord {
  const [problem] = settingsProblems(schema, value, file === undefined ? {} : { file });
  if (problem !== undefined) throw new PodiumError({ ...problem, code: 'record-invalid' });
  const record = schema.parse(value) as Omit<SubmissionRecord, 'stages'> & { readonly stages: unknown };
  const { score } = record;
  if (score !== null && !(score.low <= score.cv && score.cv <= score.high)) {
    throw new PodiumError({
      code: 'record-invalid',
      path: { file, key: 'score' },
      expected: 'low <= cv <= high',
      got: `${score.low}, ${score.cv}, ${score.high}`,
    });
  }
  return { ...record, stages: decodeStages(record.stages, file) };
}

/** The pipeline knows nothing of what is around its record: its errors get the key before theirs. */
function decodeStages(value: unknown, file: string | undefined): RunRecord {
  try {
    return decodeRunRecord(JSON.stringify(value), file);
  } catch (error) {
    if (!(error instanceof PodiumError)) throw error;
    const key = error.problem.path?.key;
    throw new PodiumError(
      {
        ...error.problem,
        path: { ...error.problem.path, key: key === undefined ? 'stages' : `stages.${key}` },
      },
      { cause: error },
    );
  }
}
