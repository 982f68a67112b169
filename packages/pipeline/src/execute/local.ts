import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { PodiumError } from '@podium/core';
import { Admission, machineCapacity } from './admission.ts';
import { runInChild } from './child-process.ts';
import { inProcessExecutor } from './in-process.ts';
import type { ExecuteOptions, Executor, Job, Slot, SlotRequest } from './job.ts';

export interface LocalExecutorOptions {
  /** Cores that jobs share; default: all cores of the machine. */
  readonly cores?: number;
  /** Memory that jobs share; default: 80% of the machine's or container's memory. */
  readonly memoryBytes?: number;
  /** A stage that blocks its event loop for longer is killed as hanging; default: 10 minutes. */
  readonly heartbeatTimeoutMs?: number;
  /** Time from cancellation to SIGTERM, and from SIGTERM to SIGKILL; default: 5 s. */
  readonly graceMs?: number;
  /** Additional Node.js options for the stages' processes. */
  readonly execArgv?: readonly string[];
  /** Environment of the stages' processes; default: that of this process. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Runs each job in its own process on this machine, as many at once as the stages' declared cores and memory allow.
 * Crashes and leaks end with the stage's process, and no process outlives this one. Stages marked `warm` hand their process
 * on to the next one.
 *
 * Stages marked `cheap` run in this process, one at a time. That is a decision of this executor, not part of the
 * {@link Executor} contract: others may run them like any other stage.
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
  const inProcess = inProcessExecutor();
  const closing = new AbortController();
  const running = new Set<Promise<unknown>>();
  /** Processes that wait for a job of a warm stage. */
  const waiting = new Set<ChildProcess>();

  const takeWaiting = (): ChildProcess | undefined => {
    for (const child of waiting) {
      waiting.delete(child);
      if (child.connected) return child;
    }
    return undefined;
  };
  const endWaiting = async (): Promise<void> => {
    const children = [...waiting].filter(
      ({ exitCode, signalCode }) => exitCode === null && signalCode === null,
    );
    waiting.clear();
    await Promise.all(
      children.map((child) => {
        const exit = once(child, 'exit');
        child.kill('SIGKILL');
        return exit;
      }),
    );
  };

  const execute = async (job: Job, given: ExecuteOptions): Promise<void> => {
    const signal = AbortSignal.any([given.signal, closing.signal]);
    const keep = given.stage.warm;
    // The others need the memory.
    if (!keep) await endWaiting();
    const child = keep ? takeWaiting() : undefined;
    const run = runInChild(job, { ...given, signal }, childOptions, { child, keep });
    running.add(run);
    try {
      const kept = await run;
      if (kept !== undefined) waiting.add(kept);
    } finally {
      running.delete(run);
    }
  };
  const reserve = async (request: SlotRequest, signal: AbortSignal): Promise<Slot> => {
    const { stage, needs } = request;
    if (stage.cheap) return inProcess.reserve(request, signal);
    if (stage.module === undefined) throw noModule(stage.name);
    const release = await admission.enter(needs, AbortSignal.any([signal, closing.signal]));
    return { execute, release };
  };
  return Object.freeze({
    reserve,
    close: async () => {
      closing.abort(new Error('the executor was closed'));
      await Promise.allSettled([...running, inProcess.close()]);
      await endWaiting();
    },
  });
}

function noModule(stage: string): PodiumError {
  return new PodiumError({
    code: 'stage-no-module',
    message: `the stage "${stage}" cannot run in another process, because its definition names no module`,
    fix: 'set module: import.meta.url in its definition and export it from that file, or set cheap: true',
  });
}
