import { basename, join, resolve } from 'node:path';
import { writeFileAtomic } from '@podium/core';
import { type PlannedInstance, plan as planRun, type RunReport, renderReason } from '@podium/pipeline';
import type { CommandContext } from '../../../../apps/podium/src/commands/context.ts';
import { exitCodes } from '../../../../apps/podium/src/exit-codes.ts';
import { describeVerdicts } from '../../../../apps/podium/src/terminal/pseudo-report.ts';
import { describeFinished, describeScore } from '../../../../apps/podium/src/terminal/run-report.ts';
import { type FoundSettings, readSettings } from '../settings/read-settings.ts';
import { type Prepared, prepare } from './prepare.ts';
import { openProject, type Project, runProject, WouldRun } from './project.ts';
import { type PseudoResults, pseudoResults } from './pseudo-results.ts';
import { type Finished, finish } from './publish.ts';

export interface RunOptions {
  readonly plan?: true | undefined;
  readonly store?: string | undefined;
  readonly submissions?: string | undefined;
  readonly name?: string | undefined;
  readonly json?: true | undefined;
}

/** `podium run`. */
export async function runCommand(context: CommandContext, path: string, options: RunOptions): Promise<void> {
  const found = await readSettings(path);
  if (options.plan) return await showPlan(context, found, options);
  const { finished, pseudo } = await runCompetition(context, found, options);
  const { verdicts, reports } = pseudo;
  if (options.json) {
    const labels = verdicts.length === 0 ? {} : { pseudo: { verdicts, rows: reports } };
    context.terminal.out(JSON.stringify({ ...summaryOf(finished), ...labels }, undefined, 2));
  } else {
    for (const line of describeScore(finished.score)) context.terminal.out(line);
    for (const line of describeVerdicts(verdicts, reports)) context.terminal.out(line);
    for (const line of describeFinished(finished, { podium: 'podium' })) context.terminal.out(line);
  }
  if (finished.paths === undefined) context.exitWith(exitCodes.problems);
}

/** Runs everything and hands the submission out. */
export async function runCompetition(
  { terminal, signal }: Pick<CommandContext, 'terminal' | 'signal'>,
  found: FoundSettings,
  options: RunOptions,
): Promise<{ readonly finished: Finished; readonly prepared: Prepared; readonly pseudo: PseudoResults }> {
  return await withProject({ terminal, signal }, found, options, async (project) => {
    const prepared = await prepare(project);
    terminal.say('training, blending, writing');
    // All instances, not only those that are still needed: the record is the same whether they ran or were there.
    const targets = prepared.graph.nodes.map(({ name }) => name);
    const report = await runProject(project, prepared.graph, targets);
    const finished = await finish({
      settings: found.settings,
      folder: found.folder,
      graph: prepared.graph,
      report,
      submissions: resolve(options.submissions ?? join(found.folder, 'submissions')),
      fetchable: prepared.plan.fetchable,
      name: options.name,
    });
    if (finished.paths !== undefined) {
      const keys = report.instances.map(({ key }) => key);
      await project.store.pin(`${found.settings.competition}/${finished.run}`, keys);
      if (found.settings.report) await writeReport(finished, prepared, report);
    }
    return { finished, prepared, pseudo: await pseudoResults(report) };
  });
}

async function writeReport(finished: Finished, prepared: Prepared, report: RunReport): Promise<void> {
  const { paths, record } = finished;
  if (paths === undefined || record === undefined) return;
  const { makeReport } = await import('../report/report-data.ts');
  const html = await makeReport({
    report,
    record,
    choices: prepared.chosen.choices,
    data: (prepared.graph.sources.data as { path: string }).path,
    rebuild: `podium rebuild ${basename(paths.record)}`,
  });
  await writeFileAtomic(paths.report, html);
}

/** Opens a project for something, and closes it whatever comes. */
export async function withProject<T>(
  context: Pick<CommandContext, 'terminal' | 'signal'>,
  found: FoundSettings,
  { store }: Pick<RunOptions, 'store'>,
  use: (project: Project) => Promise<T>,
): Promise<T> {
  const project = await openProject(found, context, { store });
  try {
    return await use(project);
  } finally {
    await project.executor.close();
  }
}

async function showPlan(context: CommandContext, found: FoundSettings, options: RunOptions): Promise<void> {
  const { terminal } = context;
  await withProject(context, found, options, async (project) => {
    const planned = await planOf({ ...project, isDry: true });
    if (options.json) {
      terminal.out(JSON.stringify(planned, undefined, 2));
      return;
    }
    for (const { name, status, reasons } of planned.instances) {
      terminal.out(`${status.padEnd(8)} ${name}`);
      for (const reason of status === 'run' ? reasons : [])
        terminal.out(`           ${renderReason(reason)}`);
    }
    if (!planned.complete) terminal.out('What comes after that depends on what it finds.');
  });
}

/** What would run; all of it, or as far as it can be told before anything has run. */
async function planOf(
  project: Project,
): Promise<{ instances: readonly PlannedInstance[]; complete: boolean }> {
  const { store, engine } = project;
  try {
    const { graph } = await prepare(project);
    const { instances } = await planRun(graph, store, { engine, targets: ['score', 'submission'] });
    return { instances, complete: true };
  } catch (error) {
    if (error instanceof WouldRun) return { instances: error.planned, complete: false };
    throw error;
  }
}

function summaryOf({ run, score, lint, paths, stored }: Finished): object {
  const { findings, ok, rows, sha256 } = lint;
  return {
    run,
    score,
    submission: paths?.csv ?? stored,
    record: paths?.record,
    lint: { ok, rows, findings },
    sha256,
  };
}
