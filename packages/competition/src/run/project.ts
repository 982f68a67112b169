import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { PodiumError } from '@podium/core';
import { describeAttempt, installTensorflow } from '@podium/engine/install';
import {
  type Executor,
  type Graph,
  localExecutor,
  openArtifacts,
  openStore,
  type PlannedInstance,
  plan,
  type RunReport,
  run as runGraph,
  type SeenSources,
  type Store,
  sharedFolderExecutor,
  withArtifacts,
} from '@podium/pipeline';
import type { OnCompetitionEvent } from '../events.ts';
import type { SettingsFile } from '../settings/read-settings.ts';
import type { Trust } from '../trust/assert-trusted.ts';
import { RunClock } from './run-clock.ts';

/** What every run of anything takes. */
export interface ProjectOptions {
  /** Folder of the store. Default: `.podium` beside the settings. */
  readonly store?: string;
  /** Who computes: this machine, or the workers of the store (`podium worker`). Default: the settings' own, else `local`. */
  readonly executor?: 'local' | 'shared-folder' | undefined;
  /** Where results are kept for other machines, too, and theirs are found: a folder, or `s3://bucket/prefix`. */
  readonly artifacts?: string | undefined;
  /** Default: the settings' own, else the cores of this machine. */
  readonly threads?: number;
  /** Stops the run: it saves what it has and throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Hears what happens; see {@link CompetitionEvent}. */
  readonly onEvent?: OnCompetitionEvent;
  /** Whether code that the project's files name may run. Default: only what the user has trusted before. */
  readonly trust?: Trust | undefined;
}

/** An open store, an executor, and what computes: what running a graph needs. */
export interface Project {
  readonly found: SettingsFile;
  readonly store: Store;
  readonly executor: Executor;
  readonly threads: number;
  readonly backend: 'tensorflow' | 'wasm';
  /** Name and version of what computes: part of every key. */
  readonly engine: string;
  readonly signal: AbortSignal;
  readonly emit: OnCompetitionEvent;
  /** What the sources were when the project was opened: all its graphs see one state of them. */
  readonly seen?: SeenSources;
  /** What stages took when they ran, this time or another: what a time limit counts. */
  readonly clock: RunClock;
  /** Nothing is run: {@link WouldRun} is thrown where a result is missing. */
  readonly isDry?: boolean;
  /** A race ends with what is stored: it tries and trains no more. */
  readonly endsRace?: boolean;
}

/** Thrown by a dry run: what it would have to run before more can be planned. */
export class WouldRun extends Error {
  readonly planned: readonly PlannedInstance[];

  constructor(planned: readonly PlannedInstance[]) {
    super('a dry run runs nothing');
    this.planned = planned;
  }
}

/** Opens a project for `use`, and closes it whatever happens. */
export async function withProject<T>(
  found: SettingsFile,
  options: ProjectOptions,
  use: (project: Project) => Promise<T>,
): Promise<T> {
  const { signal = new AbortController().signal, onEvent = () => {} } = options;
  const threads = options.threads ?? found.settings.threads ?? availableParallelism();
  const own = await openStore(options.store ?? join(found.folder, '.podium'));
  const { artifacts } = options;
  const store = artifacts === undefined ? own : withArtifacts(own, openArtifacts(artifacts));
  const { backend, engine } = await findBackend(signal, onEvent);
  const isShared = (options.executor ?? found.settings.executor) === 'shared-folder';
  const executor = isShared ? sharedFolderExecutor(own) : localExecutor();
  try {
    return await use({
      found,
      store,
      executor,
      threads,
      backend,
      engine,
      signal,
      emit: onEvent,
      seen: new Map(),
      clock: new RunClock(),
    });
  } finally {
    await executor.close();
  }
}

/** What stages compute with, found or set up without loading it here. */
export async function findBackend(
  signal: AbortSignal,
  emit: OnCompetitionEvent,
): Promise<Pick<Project, 'backend' | 'engine'>> {
  const { library, attempts } = await installTensorflow({
    onEvent: (event) => emit({ type: 'tensorflow', event }),
    signal,
  });
  const found =
    library === undefined
      ? ({ backend: 'wasm', engine: 'podium 1, WebAssembly' } as const)
      : ({
          backend: 'tensorflow',
          engine: `podium 1, TensorFlow ${library.tensorflowVersion}${library.gpu ? ' for GPUs' : ''}`,
        } as const);
  emit({ type: 'backend', ...found, attempts: library === undefined ? attempts.map(describeAttempt) : [] });
  return found;
}

/**
 * Runs what the targets need of a graph; default: all of it.
 * @throws the first failure; the signal's reason where stopped; {@link WouldRun} in a dry run
 */
export async function runProject(
  project: Project,
  graph: Graph,
  targets?: readonly string[],
): Promise<RunReport> {
  const { store, executor, engine, signal, emit, seen } = project;
  const names = targets ?? graph.nodes.map(({ name }) => name);
  if (project.isDry) {
    const { instances } = await plan(graph, store, { engine, targets: names, seen });
    if (instances.some(({ status }) => status === 'run')) throw new WouldRun(instances);
  }
  const report = await runGraph(graph, store, executor, {
    engine,
    seen,
    signal,
    onEvent: (event) => emit({ type: 'stage', event }),
    targets: names,
  });
  emit({ type: 'stages-done' });
  project.clock.add(graph, report);
  if (report.ok) return report;
  signal.throwIfAborted();
  throw firstFailure(report);
}

/** Whether the results that the targets of a graph need are all stored. */
export async function isStored(
  { store, engine, seen }: Project,
  graph: Graph,
  targets: readonly string[],
): Promise<boolean> {
  const { instances } = await plan(graph, store, { engine, seen, targets });
  return instances.every(({ status }) => status !== 'run');
}

function firstFailure({ instances }: RunReport): PodiumError {
  const failed = instances.find(({ error }) => error !== undefined);
  if (failed?.error === undefined)
    return new PodiumError({ code: 'run-failed', message: 'the run ended without its results' });
  const others = instances.filter(({ status }) => status === 'failed').length - 1;
  const { problem } = failed.error;
  const message = [`${failed.name}`, problem.message].filter((part) => part !== undefined).join(': ');
  return new PodiumError(
    { ...problem, message: `${message}${others > 0 ? ` (and ${others} more failed)` : ''}` },
    { cause: failed.error },
  );
}
