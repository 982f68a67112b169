import { PodiumError, Rng } from '@podium/core';
import type { InputPath } from '../stage/ports.ts';
import type { AnyStage, Needs, Progress } from '../stage/stage.ts';

/** One attempt at one instance, as plain JSON: all that another process or machine needs to know. */
export interface Job {
  /** Unique to the attempt. */
  readonly id: string;
  /** URL of the module that exports the stage; undefined where the stage can only run in this process. */
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

/** What an executor tells of a job under way. */
export type JobEvent =
  | { readonly type: 'started'; readonly pid: number }
  | { readonly type: 'progress'; readonly progress: Progress }
  /** What the stage's process printed. */
  | { readonly type: 'output'; readonly stream: 'stdout' | 'stderr'; readonly text: string };

export interface ExecuteOptions {
  /** The stage itself, for executors that share this process. */
  readonly stage: AnyStage;
  readonly signal: AbortSignal;
  readonly onEvent: (event: JobEvent) => void;
}

/** Where jobs run. Another one (a queue with workers on many machines) has to do no more than this. */
export interface Executor {
  /**
   * Runs one job; when it resolves, the outputs are written. It runs the job once: whoever calls decides about another
   * attempt, which then has folders of its own.
   * @throws JobFailure where the job's process ended by no fault of the stage's; `signal.reason` where canceled, once
   * nothing of the job runs any more; PodiumError for what the stage says is wrong, `stage-failed` for what it threw.
   */
  execute(job: Job, options: ExecuteOptions): Promise<void>;
  /** Cancels what is under way, and resolves when nothing of it runs any more. */
  close(): Promise<void>;
}

/** Why a job's process ended without a word. Another attempt may fare better. */
export type FailureReason = 'crash' | 'out-of-memory' | 'heartbeat-lost';

export class JobFailure extends PodiumError {
  override readonly name: string = 'JobFailure';
  readonly reason: FailureReason;

  constructor(reason: FailureReason, stage: string, message: string) {
    super({
      code: `stage-${reason}`,
      message: `the process of the stage "${stage}" ${message}`,
      ...(reason === 'out-of-memory' && {
        fix: 'use smaller batches or images, or a machine with more memory',
      }),
    });
    this.reason = reason;
  }
}

/** Runs a stage as a job says, in this process. */
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

/** What a stage threw, as an error for people: a full disk is named as such, a mistake in its code keeps its stack. */
function stageError(error: unknown, { stageName, outputFolder }: Job): PodiumError {
  if (error instanceof PodiumError) return error;
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new PodiumError(
      {
        code: 'disk-full',
        path: { file: outputFolder },
        message: `the disk is full: the stage "${stageName}" could not write its results`,
        fix: 'free some space, or let the store remove what was used least; what is finished is kept, so start again after that',
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
    message: `the stage "${stage}" draws random numbers, but its definition does not say so`,
    fix: 'set random: true in its definition, so that the seed becomes part of its key',
  });
}
