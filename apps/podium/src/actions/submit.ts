import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type FoundRun,
  findRun,
  type HeadPredictions,
  instanceOf,
  readHeads,
  storedOutputs,
} from '@podium/competition';
import { fileError, hashBytes, PodiumError } from '@podium/core';
import { type Head, readDataset, readManifest } from '@podium/dataset';
import { metrics } from '@podium/metrics';
import { openStore } from '@podium/pipeline';
import type { SubmissionRecord } from '@podium/submission';
import {
  bindForm,
  type LintReport,
  lintSubmission,
  previousSubmission,
  readSample,
  readSubmissionTable,
  submitToKaggle,
} from '@podium/submission';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { describeFindings } from '../terminal/run-report.ts';

interface SubmitOptions {
  readonly to?: string | undefined;
  readonly competition?: string | undefined;
  readonly message?: string | undefined;
  readonly accept?: string[] | undefined;
  readonly submissions: string;
  readonly store?: string | undefined;
  readonly json?: true | undefined;
}

/** Lints a submission again and sends it. */
export async function submit(
  { terminal, signal, exitWith }: CommandContext,
  given: string,
  options: SubmitOptions,
): Promise<void> {
  const { to, json } = options;
  if (to !== undefined && to !== 'kaggle') {
    throw new PodiumError({
      code: 'submit-place',
      path: { key: '--to' },
      expected: ['kaggle'],
      got: JSON.stringify(to),
    });
  }
  const run = await findRun(given, options.submissions);
  const { submission: record } = run;
  if (record === undefined) {
    throw new PodiumError({
      code: 'submit-no-csv',
      path: { file: given },
      message: 'this is a training: it has no submission',
      fix: 'make one: podium run',
    });
  }
  const csv = given.endsWith('.csv') ? resolve(given) : join(run.base, record.submission.file);
  const bytes = await readFile(csv).catch((error: unknown) => {
    throw fileError(error, csv, 'read');
  });
  const lint = await lintAgain(run, record, csv, options);
  const edited = hashBytes(bytes) !== record.submission.sha256;
  if (!json) {
    for (const line of describeFindings(lint)) terminal.out(line);
    if (edited) terminal.out('WARNING these are not the bytes that the run wrote: the CSV was changed since');
  }
  if (!lint.ok) {
    if (json) terminal.out(JSON.stringify({ sent: false, csv, edited, lint }, undefined, 2));
    else terminal.out(`Nothing was sent: ${lint.errors} of the linter's rules are broken.`);
    exitWith(exitCodes.problems);
    return;
  }
  if (to === undefined) {
    if (json) terminal.out(JSON.stringify({ sent: false, csv, edited, lint }, undefined, 2));
    else
      terminal.out(
        `${csv}: ${lint.rows} rows, no rule is broken. To send it: --to kaggle, or upload it yourself.`,
      );
    return;
  }
  const { score } = run;
  const cv = score === null ? '' : `, ${score.metric} ${score.cv.toFixed(4)} in cross-validation`;
  const { output } = await submitToKaggle({
    competition: options.competition ?? run.competition,
    file: csv,
    message: options.message ?? `podium ${run.run}${cv}`,
    signal,
  });
  if (json) terminal.out(JSON.stringify({ sent: true, csv, edited, lint, answer: output }, undefined, 2));
  else {
    terminal.out(output);
    terminal.out(`When its score is there: podium score ${run.run} --public SCORE`);
  }
}

async function lintAgain(
  run: FoundRun,
  record: SubmissionRecord,
  csv: string,
  { store: folder, accept = [] }: SubmitOptions,
): Promise<LintReport> {
  const { sample: recorded } = record;
  const data = run.stages.sources.data;
  if (recorded === null || data === undefined) {
    throw new PodiumError({
      code: 'submit-no-sample',
      message: 'the run had no sample submission, so there is nothing to check the CSV against',
      fix: 'add the sample submission to the competition folder and make the run again',
    });
  }
  const root = resolve(run.base, data.path);
  const known = await knownOf(run, folder);
  const heads = known?.heads ?? (await headsOf(run, root));
  const { idColumn } = await readSubmissionTable(join(root, recorded.path), { name: recorded.path });
  const sample = await readSample(root, { path: recorded.path, idColumn: known?.idColumn ?? idColumn });
  const { needs } = metrics.get(run.settings.metric);
  const form = bindForm(record.submission.form, sample, heads, { needs });
  const written = await readSubmissionTable(csv, { idColumn: sample.idColumn }).catch((error: unknown) => {
    // Without the id column, the header's rule says what is wrong.
    if (error instanceof PodiumError && error.code === 'table-unknown-column')
      return readSubmissionTable(csv);
    throw error;
  });
  const previous = await previousSubmission(run.base, run.run, sample.idColumn);
  return lintSubmission(written, {
    sample,
    form,
    accept: [...run.settings.submission.accept, ...accept],
    ...(known !== undefined && { outOfFold: Object.fromEntries(known.oof) }),
    previous,
  });
}

interface Known {
  readonly heads: readonly Head[];
  readonly oof: HeadPredictions;
  readonly idColumn: string | undefined;
}

/** What the store still knows of the run; undefined where it was cleaned. */
async function knownOf(run: FoundRun, folder: string | undefined): Promise<Known | undefined> {
  try {
    const store = await openStore(folder ?? join(run.folder, '.podium'));
    const data = await storedOutputs(store, run, instanceOf(run, 'data'));
    const [reference] = instanceOf(run, 'submission').inputs.oof ?? [];
    if (reference === undefined || !('from' in reference)) return undefined;
    const blended = await storedOutputs(store, run, instanceOf(run, reference.from));
    const oof = await readHeads(blended[reference.output]!);
    const manifest = await readManifest(data.train!);
    // As the run predicted them: a combined head is there, those that made it up are not.
    const heads = manifest.heads.flatMap((head) => {
      const own = oof.get(head.name);
      return own === undefined ? [] : [{ ...head, classes: own.classes }];
    });
    const format = JSON.parse(await readFile(data.format!, 'utf8')) as {
      submission: { idColumn: string } | null;
    };
    return { heads, oof, idColumn: format.submission?.idColumn };
  } catch (error) {
    if (error instanceof PodiumError) return undefined;
    throw error;
  }
}

async function headsOf({ settings }: FoundRun, root: string): Promise<readonly Head[]> {
  const { layout, options } = settings.data;
  const { heads } = await readDataset(root, {
    layout,
    settings: options,
  });
  return heads;
}
