import { dirname } from 'node:path';
import { canonicalText, type Decision, type Omission, PodiumError, parseJson, readText } from '@podium/core';
import { settingsProblems } from '@podium/core/settings';
import { decodeRunRecord, encodeRunRecord, type RunRecord } from '@podium/pipeline';
import { z } from 'zod';
import { isSafeName } from '../files/safe-name.ts';
import type { FormSettings } from '../forms/form.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
/** JSON that is checked elsewhere. Not `z.json`, which drops keys called `__proto__`. */
const uncheckedObject = z.looseObject({});

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
  settings: uncheckedObject,
  seeds: z.array(z.union([z.string(), z.number()])),
  decisions: z.array(z.strictObject({ key: z.string(), value: z.string(), reason: z.string() })),
  omissions: z.array(
    z.strictObject({
      what: z.string(),
      count: z.int().min(0),
      of: z.int().min(0),
      reason: z.string(),
      examples: z.array(z.string()),
    }),
  ),
  warnings: z.array(z.strictObject({ rule: z.string(), message: z.string() })),
  race: uncheckedObject.optional(),
  stages: uncheckedObject,
});

/** Everything a submission was made from: enough to rebuild its bytes, or to say why a rebuild differs. */
export interface SubmissionRecord {
  readonly format: 'podium-submission-1';
  readonly competition: string;
  readonly run: string;
  readonly submission: {
    /** The CSV beside the record. */
    readonly file: string;
    readonly sha256: string;
    readonly bytes: number;
    /** Without the header. */
    readonly rows: number;
    /** Complete: `BoundForm.settings`. */
    readonly form: FormSettings;
  };
  /** The sample submission, relative to the competition's folder. */
  readonly sample: { readonly path: string; readonly sha256: string } | null;
  /** The cross-validation score with its interval; null if no rows were held out. */
  readonly score: RecordedScore | null;
  /** The settings of the run, with defaults; JSON. */
  readonly settings: unknown;
  readonly seeds: readonly (string | number)[];
  /** What the settings left open and was chosen. */
  readonly decisions: readonly Decision[];
  /** What was left out of the data. */
  readonly omissions: readonly Omission[];
  /** The linter's warnings. */
  readonly warnings: readonly { readonly rule: string; readonly message: string }[];
  /** What a race tried and decided, where there was one; JSON. */
  readonly race?: unknown;
  /** Hashes of the data, engine, versions, git commit, and every stage with its key, settings and outputs. */
  readonly stages: RunRecord;
}

export interface RecordedScore {
  readonly metric: string;
  readonly direction: 'higher' | 'lower';
  readonly cv: number;
  readonly low: number;
  readonly high: number;
  /** Confidence level of the interval: 0.95. */
  readonly confidence: number;
  readonly folds: readonly { readonly fold: number; readonly rows: number; readonly score: number }[];
}

/**
 * Encodes a record as JSON: sorted keys, two spaces of indentation, a line feed at the end. Equal records give equal text;
 * it has no timestamps.
 * @throws PodiumError `record-invalid`
 */
export function encodeSubmissionRecord(record: SubmissionRecord): string {
  const plain = JSON.parse(canonicalText({ ...record, stages: JSON.parse(encodeRunRecord(record.stages)) }));
  decodeValue(plain, undefined);
  return `${JSON.stringify(plain, null, 2)}\n`;
}

/**
 * Parses a record and checks it, including that the key of every stage matches its settings and inputs.
 * @param file for messages
 * @throws PodiumError `record-not-json`; `record-invalid` with the key; `record-edited` with the stage
 */
export function decodeSubmissionRecord(text: string, file?: string): SubmissionRecord {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    throw new PodiumError({
      code: 'record-not-json',
      ...(file !== undefined && { path: { file } }),
      expected: 'the record of a submission, in JSON',
      got: error instanceof Error ? error.message : String(error),
      fix: 'use the file as the run wrote it; it may have been truncated or edited',
    });
  }
  return decodeValue(value, file);
}

/** @throws PodiumError as {@link decodeSubmissionRecord}, and `file-not-found`, `file-not-readable` */
export async function readSubmissionRecord(file: string): Promise<SubmissionRecord> {
  return decodeSubmissionRecord(await readText(file, { root: dirname(file) }), file);
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
  assertNames(record, file);
  return { ...record, stages: decodeStages(record.stages, file) };
}

/** A record is untrusted input: its names must stay in its folder, and its sample in the competition folder. */
function assertNames(
  { competition, run, submission, sample }: Omit<SubmissionRecord, 'stages'>,
  file: string | undefined,
): void {
  const assertText = (key: string, got: string, expected: string, isRight: boolean): void => {
    if (isRight) return;
    throw new PodiumError({
      code: 'record-invalid',
      path: { file, key },
      expected,
      got: JSON.stringify(got),
      fix: 'use the record as the run wrote it',
    });
  };
  assertText('competition', competition, 'the name of a folder', isSafeName(competition));
  assertText('run', run, 'a name of files', isSafeName(run));
  assertText(
    'submission.file',
    submission.file,
    `${run}.csv, beside the record`,
    submission.file === `${run}.csv`,
  );
  if (sample !== null)
    assertText('sample.path', sample.path, 'a path in the competition folder', staysInside(sample.path));
}

/** Whether a relative path leads nowhere but into its folder. */
function staysInside(path: string): boolean {
  const names = path.split(/[/\\]/);
  return (
    !path.includes('\0') && !/^[a-z]:/i.test(path) && names.every((name) => name !== '' && name !== '..')
  );
}

/** The pipeline does not know what its record is part of, so the keys of its errors get a prefix. */
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
