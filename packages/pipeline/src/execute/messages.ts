import type { Problem } from '@podium/core';
import type { Progress } from '../stage/stage.ts';
import type { Job } from './job.ts';

/** Interval of a child's heartbeats. */
export const HEARTBEAT_MS = 1000;

export type ToChild =
  /** `keep`: another job may follow in this process. */
  { readonly type: 'job'; readonly job: Job; readonly keep: boolean } | { readonly type: 'cancel' };

export type FromChild =
  | { readonly type: 'heartbeat' }
  | { readonly type: 'progress'; readonly progress: Progress }
  /** `waits`: the process is ready for another job. Otherwise, and after other outcomes, it exits. */
  | { readonly type: 'done'; readonly waits: boolean }
  | { readonly type: 'canceled' }
  /** With `stack` if the stage's code threw something unexpected. */
  | { readonly type: 'failed'; readonly problem: Problem; readonly stack?: string };
