import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { type Decision, hashBytes, hashFile, type Omission, readBytes } from '@podium/core';
import { readManifestHead } from '@podium/dataset';
import {
  type Graph,
  outputsOf,
  type RecordContext,
  type RunRecord,
  type RunReport,
  recordOf,
} from '@podium/pipeline';
import {
  bindForm,
  type FormSettings,
  type LintReport,
  lintSubmission,
  type RecordedScore,
  readPreviousSubmission,
  readSample,
  readSubmissionTable,
  recordInLedger,
  type SubmissionRecord,
  submissionPaths,
  writeSubmission,
} from '@podium/submission';
import { readFormat, readJsonFile } from '../artifacts/json.ts';
import type { RaceReport } from '../race/race-report.ts';
import type { Settings } from '../settings/schema.ts';
import type { ScoreReport } from '../stages/score.ts';

/** A submission of tens of millions of rows. */
const MAX_BYTES = 2 ** 31;

/** What the stage `write-submission` found out about its CSV. */
export interface LintResult extends LintReport {
  readonly form: FormSettings;
  readonly sha256: string;
  readonly unpredicted: readonly string[];
}

/** A run whose submission, record and ledger entry are written. */
export interface PublishedRun {
  readonly run: string;
  readonly score: ScoreReport;
  readonly lint: LintResult;
  /** Absolute; undefined if the linter found errors, because nothing is handed out then. */
  readonly paths?: {
    readonly csv: string;
    readonly record: string;
    readonly report: string;
    readonly folder: string;
  };
  /** The CSV in the store. */
  readonly stored: string;
  /** False if the same bytes were written before. */
  readonly written: boolean;
  readonly record?: SubmissionRecord;
}

interface PublishOptions {
  readonly settings: Settings;
  /** Absolute: where the settings are. */
  readonly folder: string;
  readonly graph: Graph;
  readonly report: RunReport;
  /** Absolute. */
  readonly submissions: string;
  /** What the settings left open and was chosen. */
  readonly decisions: readonly Decision[];
  /** Rows, images and files that are left out. */
  readonly omissions: readonly Omission[];
  /** What a race decided, where there was one. */
  readonly race?: RaceReport | undefined;
  /** By source: what a downloaded file can be fetched by again. */
  readonly fetchable: ReadonlyMap<string, string>;
  readonly name?: string | undefined;
}

/** Writes the CSV, its record and its line of the ledger; nothing if the linter found errors. */
export async function publish(options: PublishOptions): Promise<PublishedRun> {
  const { settings, report, submissions } = options;
  const { submission: stored, lint: lintFile } = outputsOf(report, 'submission') as Readonly<
    Record<'submission' | 'lint', string>
  >;
  const lint = await readJsonFile<LintResult>(lintFile);
  const score = await readJsonFile<ScoreReport>(outputsOf(report, 'score').score!);
  const key = report.instances.find(({ name }) => name === 'submission')!.key;
  const run = options.name ?? `${settings.preset}-${key.slice(0, 8)}`;
  if (!lint.ok) return { run, score, lint, stored, written: false };
  const bytes = await readBytes(stored, { maxBytes: MAX_BYTES });
  const paths = submissionPaths(submissions, settings.competition, run);
  const record = await submissionRecord(options, { run, bytes, score, lint, base: dirname(paths.record) });
  const changes = await sinceLast(options, lint, stored, paths.folder, run);
  const { written } = await writeSubmission({ root: submissions, bytes, record });
  const { cv } = record.score as { cv: number };
  await recordInLedger(paths.folder, {
    run,
    sha256: record.submission.sha256,
    metric: score.metric,
    direction: score.direction,
    cv,
    ...(record.score === null ? {} : { low: record.score.low, high: record.score.high }),
  });
  return {
    run,
    score,
    lint: { ...lint, findings: [...lint.findings, ...changes] },
    paths,
    stored,
    written,
    record,
  };
}

/** How the submission differs from the previous one. Not part of the record, which depends on the run alone. */
async function sinceLast(
  { graph, report }: PublishOptions,
  { form: settings }: LintResult,
  stored: string,
  folder: string,
  run: string,
): Promise<LintReport['findings']> {
  const { submission: format } = await readFormat(outputsOf(report, 'data').format!);
  if (format === null) return [];
  const sample = await readSample(resolve((graph.sources.data as { path: string }).path), format);
  const previous = await readPreviousSubmission(folder, run, sample);
  if (previous === undefined) return [];
  const { heads } = await readManifestHead(outputsOf(report, 'data').train!);
  const form = bindForm(settings, sample, heads);
  const table = await readSubmissionTable(stored, {
    name: 'submission.csv',
    idColumn: sample.idColumn,
    reading: sample.reading,
  });
  return lintSubmission(table, { sample, form, previous }).findings.filter(
    ({ rule }) => rule === 'last-submission',
  );
}

async function submissionRecord(
  { settings, folder, graph, report, decisions, omissions, race, fetchable }: PublishOptions,
  made: {
    readonly run: string;
    readonly bytes: Uint8Array;
    readonly score: ScoreReport;
    readonly lint: LintResult;
    readonly base: string;
  },
): Promise<SubmissionRecord> {
  const { run, bytes, score, lint, base } = made;
  const { submission: sample } = await readFormat(outputsOf(report, 'data').format!);
  const stages = recordOf(graph, report, await recordContext(folder));
  const data = resolve((graph.sources.data as { path: string }).path);
  return {
    format: 'podium-submission-1',
    competition: settings.competition,
    run,
    submission: {
      file: `${run}.csv`,
      sha256: hashBytes(bytes),
      bytes: bytes.length,
      rows: lint.rows,
      form: lint.form,
    },
    sample: sample === null ? null : { path: sample.path, sha256: await hashFile(join(data, sample.path)) },
    score: recordedScore(score),
    settings: recordedSettings(settings),
    seeds: [
      ...new Set([
        settings.seed,
        ...stages.instances.flatMap(({ seed }) => (seed === undefined ? [] : [seed])),
      ]),
    ],
    decisions,
    omissions,
    warnings: lint.findings.map(({ rule, message }) => ({ rule, message })),
    ...(race !== undefined && { race }),
    stages: portable(stages, base, fetchable),
  };
}

/** Settings as records have them: without trackers, which are no part of a result. */
export function recordedSettings({ trackers: _, ...settings }: Settings): SubmissionRecord['settings'] {
  return JSON.parse(JSON.stringify(settings));
}

/** A score in the form of records; null if nothing was held out. */
export function recordedScore(score: ScoreReport): RecordedScore | null {
  const [first] = score.heads;
  if (first === undefined) return null;
  return {
    metric: score.metric,
    direction: score.direction,
    cv: score.score,
    confidence: 0.95,
    ...scoreInterval(score),
    folds: first.folds.map(({ fold, rows, score: own }) => ({ fold, rows, score: own })),
  };
}

/** The confidence interval of the score; with several heads, the mean of their intervals. */
export function scoreInterval({ heads, score }: ScoreReport): {
  readonly low: number;
  readonly high: number;
} {
  const mean = (pick: (cv: ScoreReport['heads'][number]['cv']) => number) =>
    heads.reduce((sum, { cv }) => sum + pick(cv), 0) / heads.length;
  return {
    low: Math.min(
      score,
      mean(({ low }) => low),
    ),
    high: Math.max(
      score,
      mean(({ high }) => high),
    ),
  };
}

/** A record whose paths work on another machine: relative to the record, or what a file can be downloaded from. */
export function portable(record: RunRecord, base: string, fetchable: ReadonlyMap<string, string>): RunRecord {
  const sources = Object.entries(record.sources).map(([name, source]) => {
    const path = fetchable.get(name) ?? relative(base, resolve(source.path)).split(sep).join('/');
    return [name, { ...source, path }];
  });
  return { ...record, sources: Object.fromEntries(sources) };
}

/** What a record holds beside keys: versions, and the Git commit of the settings. */
export async function recordContext(folder: string): Promise<RecordContext> {
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
  const { versions } = (await import('sharp')).default;
  const git = await promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd: folder }).catch(() => undefined);
  return {
    gitCommit: git?.stdout.trim() ?? null,
    versions: {
      podium: version,
      node: process.versions.node,
      system: `${process.platform} ${process.arch}`,
      libvips: versions.vips ?? 'unknown',
    },
  };
}
