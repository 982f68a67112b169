import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { PodiumError } from '@podium/core';
import { fetchWeights, parseWeightsSource } from '@podium/model-zoo';
import {
  checkRebuild,
  defineGraph,
  type Graph,
  type RunRecord,
  recordOf,
  renderFilesChange,
  renderRunDifference,
  type Source,
} from '@podium/pipeline';
import { settingsSchema } from '../settings/schema.ts';
import { stages } from '../stages/index.ts';
import { readSubmissionRecord, type SubmissionRecord } from '../submission/record.ts';
import { type RebuildVerdict, verifyRebuild } from '../submission/verify-rebuild.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { runContext } from './finish.ts';
import { importOwnStage } from './own-stage.ts';
import { openProject, type Project, runProject, tellDownload } from './project.ts';
import { outputsOf } from './run-competition.ts';

/** What a rebuild came to. */
export interface Rebuilt {
  readonly record: SubmissionRecord;
  readonly verdict: RebuildVerdict;
  /** The rebuilt CSV, in the store. */
  readonly stored: string;
}

/**
 * Makes a submission again from its record alone, and compares the bytes. Where an input is not what it was, nothing is
 * run unless told to.
 * @throws PodiumError `rebuild-inputs` naming what changed
 */
export async function rebuild(
  file: string,
  context: { readonly terminal: Terminal; readonly signal: AbortSignal },
  options: { readonly store?: string | undefined; readonly anyway?: boolean } = {},
): Promise<Rebuilt> {
  const record = await readSubmissionRecord(file);
  const base = dirname(resolve(file));
  const settings = settingsSchema.parse(record.settings);
  const sources = await sourcesOf(record.stages, base, context);
  const data = (sources.data as Source).path;
  const folder = resolve(data, ...settings.data.folder.split('/').map(() => '..'));
  const project = await openProject({ settings, file: resolve(file), folder }, context, {
    store: options.store,
    threads: threadsOf(record.stages),
  });
  try {
    const graph = await graphOf(record.stages, sources);
    await refuseChanges(project, record, graph, options.anyway === true);
    const targets = graph.nodes.map(({ name }) => name);
    const report = await runProject(project, graph, targets);
    const stored = outputsOf(report, 'submission').submission as string;
    const original = await readFile(join(base, record.submission.file)).catch(() => undefined);
    const verdict = verifyRebuild(record, await readFile(stored), {
      ...(original !== undefined && { original }),
      stages: recordOf(graph, report, await runContext(folder)),
    });
    return { record, verdict, stored };
  } finally {
    await project.executor.close();
  }
}

/** The files that a run was made from, on this machine: those that can be fetched are. */
async function sourcesOf(
  record: RunRecord,
  base: string,
  { terminal, signal }: { readonly terminal: Terminal; readonly signal: AbortSignal },
): Promise<Record<string, Source>> {
  const sources: Record<string, Source> = {};
  for (const [name, { kind, type, path }] of Object.entries(record.sources)) {
    const isRemote = /^[a-z][a-z0-9+.-]+:/i.test(path) && !/^[a-z]:[\\/]/i.test(path);
    const here = isRemote
      ? (await fetchWeights(parseWeightsSource(path), { signal, onEvent: tellDownload(terminal) })).path
      : resolve(base, path);
    sources[name] = { kind, type, path: here };
  }
  return sources;
}

/** The graph of a record: its stages by name, with the settings and inputs that they had. */
async function graphOf(record: RunRecord, sources: Readonly<Record<string, Source>>): Promise<Graph> {
  const instances = [];
  for (const { name, stage, settings, seed, inputs } of record.instances) {
    const own = Object.values(inputs)
      .flat()
      .find((input) => 'source' in input && sources[input.source]?.type === 'stage-code');
    const found =
      own !== undefined && 'source' in own
        ? await importOwnStage((sources[own.source] as Source).path, stage)
        : stages.get(stage);
    const references = Object.entries(inputs).map(([port, list]) => [
      port,
      found.inputs[port]?.many ? list : list[0],
    ]);
    instances.push({
      name,
      stage: found,
      settings,
      inputs: Object.fromEntries(references),
      ...(seed !== undefined && { seed }),
    });
  }
  return defineGraph({ sources, instances });
}

async function refuseChanges(
  { store, engine, terminal }: Project,
  { stages: record }: SubmissionRecord,
  graph: Graph,
  anyway: boolean,
): Promise<void> {
  const { same, differences, files } = await checkRebuild(record, graph, store, { engine });
  if (same) return;
  const lines = [
    ...differences.filter(({ kind }) => kind !== 'git' && kind !== 'version').map(renderRunDifference),
    ...Object.entries(files).map(([name, change]) => `${name}: ${renderFilesChange(change)}`),
  ];
  if (anyway) {
    for (const line of lines) terminal.say(`  changed: ${line}`);
    return;
  }
  throw new PodiumError({
    code: 'rebuild-inputs',
    message: `what this submission was made from is not what it was: ${lines.slice(0, 5).join('; ')}${lines.length > 5 ? `; ${lines.length - 5} more` : ''}`,
    fix: 'bring back what it was, or rebuild with --anyway to see what comes of it now',
  });
}

/** Bits depend on the number of threads, so a rebuild uses as many as the run did. */
function threadsOf({ instances }: RunRecord): number | undefined {
  for (const { settings } of instances) {
    const { threads } = settings as { threads?: unknown };
    if (typeof threads === 'number') return threads;
  }
  return undefined;
}
