import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { canonicalText, hashBytes, readBytes, readBytesIfAny } from '@podium/core';
import {
  checkRebuild,
  diffFiles,
  type Graph,
  openStore,
  outputsOf,
  type RunReport,
  recordOf,
  renderFilesChange,
  renderRunDifference,
} from '@podium/pipeline';
import {
  type RebuildVerdict,
  type RecordedScore,
  readSubmissionRecord,
  type SubmissionRecord,
  verifyRebuild,
} from '@podium/submission';
import { readJsonFile } from '../artifacts/json.ts';
import { recordedGraph, recordedThreads } from '../graph/recorded-graph.ts';
import {
  describeChange,
  inputsChanged,
  type OpenOptions,
  openSources,
  type SourceChange,
} from '../graph/recorded-sources.ts';
import type { Settings } from '../settings/schema.ts';
import type { ScoreReport } from '../stages/score.ts';
import { withFreshStore } from './fresh-store.ts';
import { type Project, type ProjectOptions, runProject, withProject } from './project.ts';
import { projectFolder, projectStore } from './project-folder.ts';
import { recordContext, recordedScore } from './publish.ts';
import { assertUsualStages, settingsOfRecord } from './recorded-run.ts';

/** A submission is read whole. */
const MAX_CSV_BYTES = 2 ** 31 - 1;

/** What a rebuild came to. */
export interface RebuildResult {
  readonly record: SubmissionRecord;
  readonly verdict: RebuildVerdict;
  /** The rebuilt CSV. */
  readonly bytes: Uint8Array;
  /** Stages that were computed for this. */
  readonly computed: number;
  /** Stages whose results were taken from a store as they are: the rebuild only compares them with the record. */
  readonly stored: number;
  /** The recorded and the rebuilt score, if they differ. */
  readonly scores?: { readonly recorded: RecordedScore | null; readonly rebuilt: RecordedScore | null };
}

export interface RebuildOptions extends Omit<ProjectOptions, 'store'>, Pick<OpenOptions, 'fetch'> {
  /** Runs although inputs have changed, and warns of each change; default: nothing is run then. */
  readonly anyway?: boolean;
  /**
   * `fresh`: everything is computed again, in a folder that is removed at the end. `stored`: the project's results are used,
   * which shows only that they fit the record. A folder: its results are used, and new ones stay there. Default: `fresh`.
   */
  readonly store?: 'fresh' | 'stored' | { readonly folder: string };
}

/**
 * Makes a submission again from its record alone, and compares the bytes. Before anything runs, every source has to be where
 * the project is, and to have the recorded bytes; code needs trust.
 * @param file the `.run.json`
 * @throws PodiumError `rebuild-inputs` naming what changed, `untrusted`, `record-offline`, `record-path`
 */
export async function rebuildSubmission(file: string, options: RebuildOptions = {}): Promise<RebuildResult> {
  const base = dirname(resolve(file));
  const record = await readSubmissionRecord(file);
  assertUsualStages({ file, stages: record.stages });
  const folder = await projectFolder(base);
  const settings = settingsOfRecord(record.settings, file);
  const stored = await projectStore(folder, { base, stages: record.stages, settings });
  const recorded = { record, settings, file, folder, stored };
  const { store = 'fresh' } = options;
  if (store === 'fresh') return await withFreshStore(folder, (fresh) => rebuildIn(fresh, recorded, options));
  return await rebuildIn(store === 'stored' ? stored : store.folder, recorded, options);
}

interface Recorded {
  readonly record: SubmissionRecord;
  readonly settings: Settings;
  readonly file: string;
  /** The project's. */
  readonly folder: string;
  /** The project's store. */
  readonly stored: string;
}

async function rebuildIn(
  storeFolder: string,
  { record, settings, file, folder, stored }: Recorded,
  options: RebuildOptions,
): Promise<RebuildResult> {
  const { signal = new AbortController().signal, onEvent: emit = () => {}, anyway = false } = options;
  const { trust, fetch } = options;
  const base = dirname(resolve(file));
  const refuse = (changes: readonly string[]): void => {
    if (!anyway)
      throw inputsChanged(changes, 'restore it, or rebuild with --anyway to see what comes out now');
    for (const message of changes) emit({ type: 'warning', code: 'rebuild-changed', message });
  };
  const original = await originalOf(record, base);
  const isEdited = original !== undefined && hashBytes(original) !== record.submission.sha256;
  if (isEdited) refuse([`${record.submission.file}: the CSV was edited after the run wrote it`]);
  const { fileHashes: hashes } = await openStore(storeFolder);
  const changed = new Set<string>();
  const sources = await openSources(
    { file, base, stages: record.stages },
    {
      trust,
      fetch,
      hashes,
      signal,
      emit,
      onChanged: async (changes) => {
        for (const { name } of changes) changed.add(name);
        refuse(await explained(changes, stored));
      },
    },
  );
  const threads = recordedThreads(record.stages);
  const found = { settings, file: resolve(file), folder };
  return await withProject(found, { ...options, store: storeFolder, threads }, async (project) => {
    const graph = await recordedGraph(record.stages, sources);
    const changes = await otherChanges(project, record, graph, changed);
    if (changes.length > 0) refuse(changes);
    emit({ type: 'phase', phase: 'rebuilding' });
    const report = await runProject(project, graph);
    return await resultOf(record, { graph, report, folder, original: isEdited ? undefined : original });
  });
}

async function resultOf(
  record: SubmissionRecord,
  {
    graph,
    report,
    folder,
    original,
  }: {
    readonly graph: Graph;
    readonly report: RunReport;
    readonly folder: string;
    readonly original: Uint8Array | undefined;
  },
): Promise<RebuildResult> {
  const csv = outputsOf(report, 'submission').submission!;
  const bytes = await readBytes(csv, { maxBytes: MAX_CSV_BYTES });
  const verdict = verifyRebuild(record, bytes, {
    original,
    stages: recordOf(graph, report, await recordContext(folder)),
  });
  const rebuilt = recordedScore(await readJsonFile<ScoreReport>(outputsOf(report, 'score').score!));
  const isSameScore = plainText(rebuilt) === plainText(record.score);
  const stored = report.instances.filter(({ status }) => status === 'cached').length;
  return {
    record,
    verdict,
    bytes,
    computed: report.instances.length - stored,
    stored,
    ...(!isSameScore && { scores: { recorded: record.score, rebuilt } }),
  };
}

function plainText(score: RecordedScore | null): string {
  return canonicalText(JSON.parse(JSON.stringify(score)));
}

/** Which files of each source changed, if the project's store knows what was in it. */
async function explained(changes: readonly SourceChange[], path: string): Promise<string[]> {
  const isThere = (await stat(path).catch(() => undefined))?.isDirectory() === true;
  const store = isThere ? await openStore(path) : undefined;
  const lines: string[] = [];
  for (const change of changes) {
    const before = change.files && (await store?.sourceFiles(change.before));
    const files = before === undefined ? '' : `: ${renderFilesChange(diffFiles(before, change.files!))}`;
    lines.push(`${describeChange(change)}${files}`);
  }
  return lines;
}

/** The CSV beside the record, to tell which rows differ. */
async function originalOf(record: SubmissionRecord, base: string): Promise<Buffer | undefined> {
  const { file } = record.submission;
  return await readBytesIfAny(join(base, file), { root: base, name: file, maxBytes: MAX_CSV_BYTES });
}

/** What else differs: settings of stages cannot, engines and versions can. */
async function otherChanges(
  { store, engine }: Project,
  { stages }: SubmissionRecord,
  graph: Graph,
  told: ReadonlySet<string>,
): Promise<string[]> {
  const { same, differences } = await checkRebuild(stages, graph, store, { engine });
  if (same) return [];
  return differences
    .filter(({ kind, name }) => {
      return kind !== 'git' && kind !== 'version' && !(kind === 'source' && told.has(name!));
    })
    .map(renderRunDifference);
}
