// The process that runs a job, or several of warm stages, one after the other. It sends heartbeats and progress over IPC, and
// exits when its parent does.
import { Worker } from 'node:worker_threads';
import { PodiumError } from '@podium/core';
import { findStage } from '../stage/define-stage.ts';
import type { AnyStage, Progress } from '../stage/stage.ts';
import { type Job, runJob } from './job.ts';
import { type FromChild, HEARTBEAT_MS, type ToChild } from './messages.ts';

/** Progress is sent at most this often. */
const REPORT_MS = 50;
/** A process that holds more memory than this runs no other job: what a stage leaves behind must not add up. */
const MAX_KEPT_BYTES = 2 ** 30;

let cancellation = new AbortController();
const send = (message: FromChild) => process.send?.(message);
const end = (message: FromChild) => process.send?.(message, undefined, {}, () => process.exit(0));

// Without a parent, nobody collects the results.
process.on('disconnect', () => process.exit(1));
watchParent(Number(process.argv[2]));
// Ctrl-C reaches the whole process group; the parent decides what happens.
process.on('SIGINT', () => {});
process.on('message', (message: ToChild) => {
  if (message.type === 'cancel') cancellation.abort(new Error('canceled'));
  else void work(message.job, message.keep);
});
setInterval(() => send({ type: 'heartbeat' }), HEARTBEAT_MS).unref();
send({ type: 'heartbeat' });

async function work(job: Job, keep: boolean): Promise<void> {
  cancellation = new AbortController();
  try {
    const { report, flush } = throttled();
    await runJob(job, await load(job), cancellation.signal, report);
    flush();
    if (keep && process.memoryUsage().rss < MAX_KEPT_BYTES) send({ type: 'done', waits: true });
    else end({ type: 'done', waits: false });
  } catch (error) {
    if (cancellation.signal.aborted) end({ type: 'canceled' });
    else if (error instanceof PodiumError) {
      const cause = error.code === 'stage-failed' ? error.cause : undefined;
      const stack = cause instanceof Error ? cause.stack : undefined;
      end({ type: 'failed', problem: error.problem, stack });
    } else end({ type: 'failed', problem: { code: 'stage-failed', message: String(error) } });
  }
}

async function load({ stageModule = '', stageName }: Job): Promise<AnyStage> {
  let exports: Record<string, unknown>;
  try {
    exports = (await import(stageModule)) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof PodiumError) throw error;
    throw new PodiumError({
      code: 'stage-module',
      path: { file: stageModule },
      message: `the module of the stage "${stageName}" cannot be loaded: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    });
  }
  return findStage(exports, stageName, stageModule);
}

/** Sends a report now and then; `flush` sends the last one with points that were held back. */
function throttled(): { readonly report: (progress: Progress) => void; readonly flush: () => void } {
  let last = Number.NEGATIVE_INFINITY;
  let held: Progress | undefined;
  const sendNow = (progress: Progress) => {
    held = undefined;
    send({ type: 'progress', progress });
  };
  return {
    report: (progress) => {
      const points = [...(held?.points ?? []), ...(progress.points ?? [])];
      const whole = points.length > 0 ? { ...progress, points } : progress;
      const now = performance.now();
      if (now - last < REPORT_MS && progress.done !== progress.total) {
        if (points.length > 0) held = whole;
        return;
      }
      last = now;
      sendNow(whole);
    },
    flush: () => {
      if (held !== undefined) sendNow(held);
    },
  };
}

/** A stage that blocks the event loop never gets 'disconnect', so a worker thread watches the parent. */
function watchParent(parent: number): void {
  const code = `setInterval(() => { if (process.ppid !== ${parent}) process.kill(process.pid, 'SIGKILL'); }, 1000)`;
  if (process.platform !== 'win32') new Worker(code, { eval: true, execArgv: [] }).unref();
}
