import { readFile } from 'node:fs/promises';
import { canonicalText, fileError, PodiumError, writeFileAtomic } from '@podium/core';
import type { Finding, SubmissionFormat } from '@podium/dataset';

/** Writes plain JSON, whole or not at all; equal values give equal bytes. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, `${canonicalText(JSON.parse(JSON.stringify(value)))}\n`);
}

/** Reads JSON that a stage wrote; the store has checked that it is what was written. */
export async function readJsonFile<T>(path: string): Promise<T> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw fileError(error, path, 'read');
    throw new PodiumError({
      code: 'artifact-json',
      path: { file: path },
      message: `this is no JSON: ${error.message}`,
    });
  }
}

/** What `read-data` found. */
export interface Findings {
  readonly findings: readonly Omit<Finding, 'suggestedPatch'>[];
  readonly rows: { readonly train: number; readonly test: number; readonly external: number };
  readonly images: number;
  /** Ids of training rows that show the same. */
  readonly together: readonly (readonly string[])[];
}

export const readFindings = (path: string): Promise<Findings> => readJsonFile<Findings>(path);

/** How the competition folder is laid out. */
export interface DataFormat {
  readonly layout: string;
  readonly submission: SubmissionFormat | null;
  readonly missing: number;
  /** Training rows that are left. */
  readonly kept: number;
  /** Shorter side of the image in the middle, in pixels. */
  readonly side: number;
}

export const readFormat = (path: string): Promise<DataFormat> => readJsonFile<DataFormat>(path);
