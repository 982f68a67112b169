import type { Problem } from '@podium/core';

/** Work for a process of its own, as data: `(await import(module))[export](argument, context)`. */
export interface Job {
  /** For people: `fold 0, seed 1`. */
  readonly name: string;
  /** A URL; make it by `new URL('./train.ts', import.meta.url).href`. */
  readonly module: string;
  /** Name of an exported function, which may return a promise. */
  readonly export: string;
  /** What can be cloned between processes: plain data and typed arrays. */
  readonly argument?: unknown;
  readonly env?: Readonly<Record<string, string>>;
}

/** What a job's function is given beside its argument. */
export interface JobContext {
  /** Aborted when the parent wants the job to end gracefully: hand it to the trainer. */
  readonly signal: AbortSignal;
  /** Tells the parent something on the way. */
  readonly report: (value: unknown) => void;
}

/** How a job ended. */
export type JobOutcome =
  | { readonly outcome: 'done'; readonly value: unknown; readonly attempts: number }
  /** Its function threw: trying again would throw again. */
  | { readonly outcome: 'failed'; readonly problem: Problem; readonly attempts: number }
  /** Its process ended without a word. */
  | {
      readonly outcome: 'crashed';
      readonly probably: 'out of memory' | 'crash' | 'timeout';
      readonly code: number | null;
      readonly signal: string | null;
      /** The end of what it wrote to stderr. */
      readonly lastWords: string;
      readonly attempts: number;
    }
  /** It was not started, or ended on request without a result. */
  | { readonly outcome: 'stopped'; readonly attempts: number };

export type JobEvent =
  | { readonly type: 'job-start'; readonly job: string; readonly attempt: number }
  | { readonly type: 'job-report'; readonly job: string; readonly value: unknown }
  | { readonly type: 'job-retry'; readonly job: string; readonly outcome: JobOutcome }
  | { readonly type: 'job-end'; readonly job: string; readonly outcome: JobOutcome };

/** Between the processes. */
export type ToChild = { readonly type: 'job'; readonly job: Job } | { readonly type: 'stop' };
export type ToParent =
  | { readonly type: 'report'; readonly value: unknown }
  | { readonly type: 'done'; readonly value: unknown }
  | { readonly type: 'failed'; readonly problem: Problem };
