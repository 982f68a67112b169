import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { PodiumError } from '@podium/core';
import { describeAttempt, installTensorflow } from '@podium/engine/install';
import { describeHubEvent } from '@podium/model-zoo';
import {
  type Executor,
  type Graph,
  localExecutor,
  openStore,
  type PlannedInstance,
  plan,
  type RunReport,
  run as runGraph,
  type Store,
} from '@podium/pipeline';
import { installReporter } from '../../../../apps/podium/src/terminal/install-progress.ts';
import { stageReporter } from '../../../../apps/podium/src/terminal/stage-progress.ts';
import type { Terminal } from '../../../../apps/podium/src/terminal/terminal.ts';
import type { FoundSettings } from '../settings/read-settings.ts';

/** What running anything needs: settings, a store, somewhere to run and to tell. */
export interface Project {
  readonly found: FoundSettings;
  readonly store: Store;
  readonly executor: Executor;
  readonly threads: number;
  readonly backend: 'tensorflow' | 'wasm';
  /** Name and version of what computes: part of every key. */
  readonly engine: string;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** Nothing is run: {@link WouldRun} is thrown where something is not there. */
  readonly isDry?: boolean;
}

/** What a dry run would have to run before it can know more. */
export class WouldRun extends Error {
  readonly planned: readonly PlannedInstance[];

  constructor(planned: readonly PlannedInstance[]) {
    super('a dry run runs nothing');
    this.planned = planned;
  }
}

export interface ProjectOptions {
  /** Folder of the store; `.podium` beside the settings where left out. */
  readonly store?: string | undefined;
  readonly threads?: number | undefined;
}

/** Opens the store, sets the engine up if need be, and says what runs on what. */
export async function openProject(
  found: FoundSettings,
  { terminal, signal }: { readonly terminal: Terminal; readonly signal: AbortSignal },
  options: ProjectOptions = {},
): Promise<Project> {
  const threads = options.threads ?? found.settings.threads ?? availableParallelism();
  const store = await openStore(options.store ?? join(found.folder, '.podium'));
  return {
    found,
    store,
    threads,
    terminal,
    signal,
    executor: localExecutor(),
    ...(await findBackend(terminal, signal)),
  };
}

/** What stages compute with, found or set up without loading it here. */
async function findBackend(
  terminal: Terminal,
  signal: AbortSignal,
): Promise<{ backend: 'tensorflow' | 'wasm'; engine: string }> {
  const { library, attempts } = await installTensorflow({ onEvent: installReporter(terminal), signal });
  if (library !== undefined) {
    const { tensorflowVersion, gpu } = library;
    return {
      backend: 'tensorflow',
      engine: `podium 1, TensorFlow ${tensorflowVersion}${gpu ? ' for GPUs' : ''}`,
    };
  }
  terminal.say('TensorFlow could not be had; computing with WebAssembly instead, several times slower:');
  for (const attempt of attempts) terminal.say(`  - ${describeAttempt(attempt)}`);
  return { backend: 'wasm', engine: 'podium 1, WebAssembly' };
}

/**
 * Runs a graph and shows how it goes.
 * @throws the first failure; the signal's reason where stopped
 */
export async function runProject(
  project: Project,
  graph: Graph,
  targets?: readonly string[],
): Promise<RunReport> {
  const { store, executor, engine, terminal, signal } = project;
  if (project.isDry) {
    const { instances } = await plan(graph, store, { engine, targets });
    if (instances.some(({ status }) => status === 'run')) throw new WouldRun(instances);
  }
  const reporter = stageReporter(terminal);
  const report = await runGraph(graph, store, executor, {
    engine,
    signal,
    onEvent: reporter.onEvent,
    targets,
  });
  reporter.end();
  if (report.ok) return report;
  signal.throwIfAborted();
  const failed = report.instances.find(({ error }) => error !== undefined);
  if (failed?.error === undefined)
    throw new PodiumError({ code: 'run-failed', message: 'the run ended without its results' });
  const others = report.instances.filter(({ status }) => status === 'failed').length - 1;
  throw new PodiumError(
    {
      ...failed.error.problem,
      message:
        `${failed.name}: ${failed.error.problem.message ?? ''}${others > 0 ? ` (and ${others} more failed)` : ''}`.replace(
          /: $/,
          '',
        ),
    },
    { cause: failed.error },
  );
}

/** Tells of a download of weights. */
export function tellDownload(terminal: Terminal): (event: Parameters<typeof describeHubEvent>[0]) => void {
  return (event) => {
    const line = describeHubEvent(event);
    if (event.type === 'progress') terminal.status(line);
    else terminal.say(line);
  };
}
