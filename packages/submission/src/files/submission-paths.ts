import { join } from 'node:path';
import { PodiumError } from '@podium/core';
import { safeName } from './safe-name.ts';

/** Where the files of a run are. */
export interface SubmissionPaths {
  /** Of all submissions to the competition. */
  readonly folder: string;
  /** `<run>.csv`. */
  readonly csv: string;
  /** `<run>.run.json`. */
  readonly record: string;
  /** `<run>.report.html`. */
  readonly report: string;
}

/**
 * The files of a run below `root` (`submissions`).
 * @throws PodiumError `unsafe-name` for names that are not valid for files, or would overwrite the ledger
 */
export function submissionPaths(root: string, competition: string, run: string): SubmissionPaths {
  const folder = submissionFolder(root, competition);
  const name = safeName(run, 'run');
  if (/^ledger$/i.test(name)) {
    throw new PodiumError({
      code: 'unsafe-name',
      message: 'a run with this name would overwrite the ledger',
      expected: 'another name',
      got: JSON.stringify(run),
      fix: 'choose another run name',
    });
  }
  return {
    folder,
    csv: join(folder, `${name}.csv`),
    record: join(folder, `${name}.run.json`),
    report: join(folder, `${name}.report.html`),
  };
}

/** The folder of a competition's submissions. @throws PodiumError `unsafe-name` */
export function submissionFolder(root: string, competition: string): string {
  return join(root, safeName(competition, 'competition'));
}
