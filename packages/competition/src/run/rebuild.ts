import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { PodiumError } from '@podium/core';
import {
  checkRebuild,
  type Graph,
  outputsOf,
  recordOf,
  renderFilesChange,
  renderRunDifference,
} from '@podium/pipeline';
import {
  type RebuildVerdict,
  readSubmissionRecord,
  type SubmissionRecord,
  verifyRebuild,
} from '@podium/submission';
import { recordedGraph, recordedSources, recordedThreads } from '../graph/recorded-graph.ts';
import { settingsSchema } from '../settings/schema.ts';
import { type Project, type ProjectOptions, runProject, withProject } from './project.ts';
import { recordContext } from './publish.ts';
import { projectFolder } from './recorded-run.ts';

/** What a rebuild came to. */
export interface RebuildResult {
  readonly record: SubmissionRecord;
  readonly verdict: RebuildVerdict;
  /** The rebuilt CSV, in the store. */
  readonly stored: string;
}

/**
 * Makes a submission again from its record alone, and compares the bytes.
 * @param file the `.run.json`
 * @param options.anyway runs although inputs have changed, and warns of each change; default: nothing is run then
 * @throws PodiumError `rebuild-inputs` naming what changed
 */
export async function rebuildSubmission(
  file: string,
  options: ProjectOptions & { readonly anyway?: boolean } = {},
): Promise<RebuildResult> {
  const { signal = new AbortController().signal, onEvent: emit = () => {}, anyway = false } = options;
  const record = await readSubmissionRecord(file);
  const base = dirname(resolve(file));
  const settings = settingsSchema.parse(record.settings);
  const sources = await recordedSources(record.stages, base, { signal, emit });
  const folder = await projectFolder(base);
  const threads = recordedThreads(record.stages);
  return await withProject(
    { settings, file: resolve(file), folder },
    { ...options, threads },
    async (project) => {
      const graph = await recordedGraph(record.stages, sources);
      await assertUnchanged(project, record, graph, anyway);
      emit({ type: 'phase', phase: 'rebuilding' });
      const report = await runProject(project, graph);
      const stored = outputsOf(report, 'submission').submission!;
      const original = await readFile(join(base, record.submission.file)).catch(() => undefined);
      const verdict = verifyRebuild(record, await readFile(stored), {
        original,
        stages: recordOf(graph, report, await recordContext(folder)),
      });
      return { record, verdict, stored };
    },
  );
}

async function assertUnchanged(
  { store, engine, emit }: Project,
  { stages: record }: SubmissionRecord,
  graph: Graph,
  anyway: boolean,
): Promise<void> {
  const { same, differences, files } = await checkRebuild(record, graph, store, { engine });
  if (same) return;
  const changes = [
    ...differences.filter(({ kind }) => kind !== 'git' && kind !== 'version').map(renderRunDifference),
    ...Object.entries(files).map(([name, change]) => `${name}: ${renderFilesChange(change)}`),
  ];
  if (anyway) {
    for (const message of changes) emit({ type: 'warning', code: 'rebuild-changed', message });
    return;
  }
  const more = changes.length > 5 ? `; ${changes.length - 5} more` : '';
  throw new PodiumError({
    code: 'rebuild-inputs',
    message: `what this submission was made from has changed: ${changes.slice(0, 5).join('; ')}${more}`,
    fix: 'restore it, or rebuild with --anyway to see what comes out now',
  });
}
