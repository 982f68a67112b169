import { PodiumError, Rng } from '@podium/core';
import type { JobReference } from '../cluster/job-reference.ts';
import type { InputPath } from '../stage/ports.ts';
import type { AnyStage, Needs, Progress } from '../stage/stage.ts';

/**
 * One attempt at one instance, as plain JSON: everything that another process on this machine needs. Paths are absolute
 * and `stageModule` is a file URL, so an executor for other machines has to map both: share the store and the sources
 * under the same paths, or translate them and copy files, and have the same code there.
 */
export interface Job {
  /** Unique per attempt. It contains this process's id, which tells a dead attempt from one in progress. */
  readonly id: string;
  /** File URL of the module that exports the stage; undefined if the stage can only run in this process. */
  readonly stageModule?: string;
  readonly stageName: string;
  readonly settings: unknown;
  /** Absolute paths. */
  readonly inputs: Readonly<Record<string, InputPath>>;
  /** Absolute paths inside `outputFolder`. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly outputFolder: string;
  readonly scratchFolder: string;
  readonly workFolder: string;
  readonly seed?: string | number;
  readonly needs: Needs;
}

/** What an executor reports about a running job. */
export type JobEvent =
  /** Only of jobs that have their own process on this machine. */
  | { readonly type: 'started'; readonly pid: number }
  | { readonly type: 'progress'; readonly progress: Progress }
  /** Text that the stage's process printed. */
  | { readonly type: 'output'; readonly stream: 'stdout' | 'stderr'; readonly text: string };

export interface ExecuteOptions {
  /** The stage itself, for executors that run it in this process. */
  readonly stage: AnyStage;
  readonly signal: AbortSignal;
  readonly onEvent: (event: JobEvent) => void;
}

/** What a slot is wanted for. */
export interface SlotRequest {
  readonly stage: AnyStage;
  readonly needs: Needs;
}

/** Room for one job at a time. */
export interface Slot {
  /**
   * Runs one job once; the outputs are written when it resolves. Retries are up to the caller and get their own
   * folders.
   * @throws JobFailure if the job's process ended through no fault of the stage; `signal.reason` if canceled, once
   * nothing of the job runs anymore; the stage's own PodiumError; PodiumError `stage-failed` for anything else that it
   * threw
   */
  execute(job: Job, options: ExecuteOptions): Promise<void>;
  /** Makes room for others. */
  release(): void;
}

export interface DelegateOptions {
  readonly signal: AbortSignal;
  readonly onEvent: (event: DelegateEvent) => void;
}

/** What an executor reports about a job of another machine. */
export type DelegateEvent =
  | { readonly type: 'progress'; readonly progress: Progress }
  /** Somebody does it: the name of the machine. */
  | { readonly type: 'worker'; readonly worker: string }
  /** Nobody can do it; the reason of each worker. */
  | { readonly type: 'no-worker'; readonly reasons: readonly string[] };

/** Runs jobs: in this process, in child processes, or, see {@link Job}, on other machines. */
export interface Executor {
  /**
   * Waits for room. Only then should a key be claimed, so that several runs on one store share the work.
   * @throws `signal.reason` if canceled; PodiumError `stage-no-module`
   */
  reserve(request: SlotRequest, signal: AbortSignal): Promise<Slot>;
  /**
   * Of executors that have other machines compute: resolves when the store has the result. Stages that are not cheap are
   * then delegated, and no slot is reserved for them.
   * @throws `signal.reason` if canceled; the stage's own PodiumError
   */
  delegate?(job: JobReference, options: DelegateOptions): Promise<void>;
  /** Cancels all running jobs; resolves when none of them runs anymore. */
  close(): Promise<void>;
}

/** Why a job's process ended without an answer. Another attempt may succeed. */
export type FailureReason = 'crash' | 'out-of-memory' | 'heartbeat-lost';

/** A job's process ended through no fault of the stage, so the job may be tried again. */
export class JobFailure extends PodiumError {
  override readonly name: string = 'JobFailure';
  readonly reason: FailureReason;

  /** @param output the last lines that the process printed */
  constructor(reason: FailureReason, stage: string, message: string, output?: readonly string[]) {
    super({
      code: `stage-${reason}`,
      message: `the process of the stage "${stage}" ${message}`,
      ...(output !== undefined && { details: output }),
      ...(reason === 'out-of-memory' && {
        fix: 'use smaller batches or images, or a machine with more memory',
      }),
    });
    this.reason = reason;
  }
}

/** Runs a job's stage in this process. */
export async function runJob(
  job: Job,
  stage: AnyStage,
  signal: AbortSignal,
  report: (progress: Progress) => void,
): Promise<void> {
  const { settings, inputs, outputs, outputFolder, scratchFolder, workFolder, seed } = job;
  try {
    signal.throwIfAborted();
    await stage.run({
      settings,
      inputs,
      outputs,
      outputFolder,
      scratchFolder,
      workFolder,
      signal,
      report,
      get rng(): Rng {
        if (seed === undefined) throw notRandom(stage.name);
        return Rng.fromSeed(seed).split(stage.name);
      },
    });
  } catch (error) {
    signal.throwIfAborted();
    throw stageError(error, job);
  }
}

/** Turns what a stage threw into a PodiumError: a full disk is named as such, a bug keeps its stack. */
function stageError(error: unknown, { stageName, outputFolder }: Job): PodiumError {
  if (error instanceof PodiumError) return error;
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new PodiumError(
      {
        code: 'disk-full',
        path: { file: outputFolder },
        message: `the disk is full: the stage "${stageName}" could not write its results`,
        fix: 'free some space, or have the store remove its least recently used results, then start again: finished work is kept',
      },
      { cause: error },
    );
  }
  const message = error instanceof Error ? error.message : String(error);
  return new PodiumError(
    { code: 'stage-failed', message: `the stage "${stageName}" failed: ${message}` },
    { cause: error },
  );
}

function notRandom(stage: string): PodiumError {
  return new PodiumError({
    code: 'stage-not-random',
    message: `the stage "${stage}" uses random numbers, but its definition does not say so`,
    fix: 'set random: true in its definition, so that the seed becomes part of its key',
  });
}
