import {
  canonicalText,
  type Decision,
  type Omission,
  PodiumError,
  parseJson,
  readText,
  writeFileAtomic,
} from '@podium/core';
import type { Finding, SubmissionFormat, ValueRanges } from '@podium/dataset';

/** Findings about every row of a large competition. */
const MAX_BYTES = 2 ** 28;

/** Writes plain JSON atomically; equal values give equal bytes. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, `${canonicalText(JSON.parse(JSON.stringify(value)))}\n`);
}

/** Reads JSON that a stage wrote; the store has already verified its bytes. */
export async function readJsonFile<T>(path: string): Promise<T> {
  try {
    return parseJson(await readText(path, { maxBytes: MAX_BYTES })) as T;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new PodiumError({
      code: 'artifact-json',
      path: { file: path },
      message: `not valid JSON: ${error.message}`,
    });
  }
}

/** What `read-data` found. */
export interface Findings {
  readonly findings: readonly Omit<Finding, 'suggestedPatch'>[];
  readonly rows: { readonly train: number; readonly test: number; readonly external: number };
  readonly images: number;
  /** Sets of training rows that show the same image, by id. */
  readonly together: readonly (readonly string[])[];
}

export const readFindings = (path: string): Promise<Findings> => readJsonFile<Findings>(path);

/** How the competition folder is laid out. */
export interface DataFormat {
  readonly layout: string;
  readonly submission: SubmissionFormat | null;
  readonly missing: number;
  /** Training rows after patches. */
  readonly kept: number;
  /** What was chosen because no setting says it. */
  readonly decisions: readonly Decision[];
  readonly omissions: readonly Omission[];
  /** Ids of test rows that the settings leave out: they keep what the sample submission has. */
  readonly unpredicted: readonly string[];
  /** How images with more than 8 bits per channel are scaled, by the type of their values. */
  readonly ranges: ValueRanges;
  /** Median of the images' shorter sides, in pixels. */
  readonly side: number;
}

export const readFormat = (path: string): Promise<DataFormat> => readJsonFile<DataFormat>(path);
