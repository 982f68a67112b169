import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashBytes, readBytes, readBytesIfAny } from '@podium/core';
import { openStore } from '@podium/pipeline';
import { type SignatureVerdict, verifySignature } from '@podium/submission';
import { findRun, type RecordedRun } from './recorded-run.ts';

/** Files are read whole. */
const MAX_BYTES = 2 ** 31 - 1;

/** What is known about the files of a run without computing anything. */
export interface RunVerification {
  readonly run: RecordedRun;
  /** The CSV beside the record; undefined for a run of `podium train`. */
  readonly csv?: 'as recorded' | 'changed' | 'missing';
  readonly record: SignatureVerdict;
  /** The report beside the record; undefined if there is none. Its content is known only by its signature. */
  readonly report?: SignatureVerdict;
  /** Results in the store, compared with the record. */
  readonly stored: {
    readonly same: number;
    readonly missing: number;
    /** Names of stages whose results are damaged, or others than recorded. */
    readonly different: readonly string[];
  };
}

/**
 * Checks the files of a run against its record, the record and the report against their signatures, and every stored result
 * against the record. Computes nothing: whether the record is right, only a rebuild says.
 * @param given the run's name, its record, or its CSV
 * @param options.signers who may have signed; see {@link verifySignature}
 * @throws PodiumError as `findRun`; `ssh-keygen-missing`
 */
export async function verifyRun(
  given: string,
  options: {
    readonly submissions: string;
    readonly signers?: string | undefined;
    /** Folder of the store. Default: the run's own. */
    readonly store?: string | undefined;
    readonly signal?: AbortSignal;
  },
): Promise<RunVerification> {
  const { signers, signal } = options;
  const run = await findRun(given, options.submissions);
  const { submission, base, file } = run;
  const bytes = await readBytes(file);
  const csv = submission && (await bytesBeside(base, submission.submission.file));
  const reportFile = join(base, `${run.run}.report.html`);
  const report = await bytesBeside(base, `${run.run}.report.html`);
  return {
    run,
    ...(submission !== undefined && {
      csv:
        csv === undefined
          ? 'missing'
          : hashBytes(csv) === submission.submission.sha256
            ? 'as recorded'
            : 'changed',
    }),
    record: await verifySignature(file, bytes, { signers, signal }),
    ...(report !== undefined && { report: await verifySignature(reportFile, report, { signers, signal }) }),
    stored: await compareStored(run, options.store ?? run.store),
  };
}

/** The bytes of a file beside the record, never of what a link leads to; undefined without one. */
async function bytesBeside(base: string, name: string): Promise<Buffer | undefined> {
  return await readBytesIfAny(join(base, name), { root: base, name, maxBytes: MAX_BYTES });
}

async function compareStored({ stages }: RecordedRun, folder: string): Promise<RunVerification['stored']> {
  const isThere = (await stat(folder).catch(() => undefined))?.isDirectory() === true;
  if (!isThere) return { same: 0, missing: stages.instances.length, different: [] };
  const store = await openStore(folder);
  const different: string[] = [];
  let [same, missing] = [0, 0];
  for (const { name, key, outputs } of stages.instances) {
    const found = await store.find(key, 'full');
    if (found.status === 'absent') missing++;
    else if (found.status === 'found' && isSame(outputs, found.entry.manifest.outputs)) same++;
    else different.push(name);
  }
  return { same, missing, different };
}

/** A run that did not need an output has no hash of it. */
function isSame(
  recorded: RecordedRun['stages']['instances'][number]['outputs'],
  stored: Readonly<Record<string, { readonly sha256: string }>>,
): boolean {
  return Object.entries(recorded).every(
    ([name, { sha256 }]) => Object.hasOwn(stored, name) && stored[name]!.sha256 === sha256,
  );
}
