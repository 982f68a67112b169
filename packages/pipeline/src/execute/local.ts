import { PodiumError } from '@podium/core';
import { Admission, machineCapacity } from './admission.ts';
import { runInChild } from './child-process.ts';
import { inProcessExecutor } from './in-process.ts';
import type { ExecuteOptions, Executor, Job } from './job.ts';

export interface LocalExecutorOptions {
  /** Cores that jobs may share; all of the machine's where left out. */
  readonly cores?: number;
  /** Memory that jobs may share; four fifths of the machine's or container's where left out. */
  readonly memoryBytes?: number;
  /** A stage's process whose event loop is blocked for longer counts as hanging; 10 minutes where left out. */
  readonly heartbeatTimeoutMs?: number;
  /** How long a canceled stage has to stop by itself, and then again after SIGTERM; 5 s where left out. */
  readonly graceMs?: number;
  /** Further options of Node.js for the stages' processes. */
  readonly execArgv?: readonly string[];
  /** Environment of the stages' processes; this process's where left out. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Runs each job in a process of its own on this machine, as many at once as cores and memory allow by what the stages
 * say they need; cheap stages run in this process. What a stage leaks or crashes ends with its process, and no process
 * outlives this one.
 */
export function localExecutor(options: LocalExecutorOptions = {}): Executor {
  const machine = machineCapacity();
  const admission = new Admission({
    cores: options.cores ?? machine.cores,
    memoryBytes: options.memoryBytes ?? machine.memoryBytes,
  });
  const childOptions = {
    heartbeatTimeoutMs: options.heartbeatTimeoutMs ?? 600_000,
    graceMs: options.graceMs ?? 5000,
    ...(options.execArgv && { execArgv: options.execArgv }),
    ...(options.env && { env: options.env }),
  };
  const inHere = inProcessExecutor();
  const closing = new AbortController();
  const running = new Set<Promise<void>>();

  const execute = async (job: Job, given: ExecuteOptions): Promise<void> => {
    if (given.stage.cheap) return inHere.execute(job, given);
    if (job.stageModule === undefined) throw noModule(job.stageName);
    const signal = AbortSignal.any([given.signal, closing.signal]);
    const leave = await admission.enter(job.needs, signal);
    const run = runInChild(job, { ...given, signal }, childOptions).finally(leave);
    running.add(run);
    try {
      await run;
    } finally {
      running.delete(run);
    }
  };
  return Object.freeze({
    execute,
    close: async () => {
      closing.abort(new Error('the executor was closed'));
      await Promise.allSettled([...running, inHere.close()]);
    },
  });
}

function noModule(stage: string): PodiumError {
  return new PodiumError({
    code: 'stage-no-module',
    message: `the stage "${stage}" cannot run in a process of its own, since nobody knows where its code is`,
    fix: 'set module: import.meta.url in its definition and export it from there, or set cheap: true',
  });
}
