import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { PodiumError } from '@podium/core';
import { checkRebuild, type Graph, recordOf, renderFilesChange, renderRunDifference } from '@podium/pipeline';
import {
  type RebuildVerdict,
  readSubmissionRecord,
  type SubmissionRecord,
  verifyRebuild,
} from '@podium/submission';
import type { Terminal } from '../../../../apps/podium/src/terminal/terminal.ts';
import { graphOf, sourcesOf, threadsOf } from '../graph/recorded-graph.ts';
import { settingsSchema } from '../settings/schema.ts';
import { outputsOf } from './prepare.ts';
import { openProject, type Project, runProject } from './project.ts';
import { runContext } from './publish.ts';
import { projectFolder } from './run-record-file.ts';

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
  const folder = await projectFolder(base);
  const project = await openProject({ settings, file: resolve(file), folder }, context, {
    store: options.store,
    threads: threadsOf(record.stages),
  });
  try {
    const graph = await graphOf(record.stages, sources);
    await refuseChanges(project, record, graph, options.anyway === true);
    const targets = graph.nodes.map(({ name }) => name);
    const report = await runProject(project, graph, targets);
    const stored = outputsOf(report, 'submission').submission!;
    const original = await readFile(join(base, record.submission.file)).catch(() => undefined);
    const verdict = verifyRebuild(record, await readFile(stored), {
      original,
      stages: recordOf(graph, report, await runContext(folder)),
    });
    return { record, verdict, stored };
  } finally {
    await project.executor.close();
  }
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
