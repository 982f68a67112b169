import type { Problem } from '@podium/core';
import type { Progress } from '../stage/stage.ts';
import type { Job } from './job.ts';

/** Interval of a child's heartbeats. */
export const HEARTBEAT_MS = 1000;

export type ToChild = { readonly type: 'job'; readonly job: Job } | { readonly type: 'cancel' };

export type FromChild =
  | { readonly type: 'heartbeat' }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'done' }
  | { readonly type: 'canceled' }
  /** With `stack` if the stage's code threw something unexpected. */
  | { readonly type: 'failed'; readonly problem: Problem; readonly stack?: string };
