// The process in which one job runs. It says by IPC that it lives and how far it is, and ends with its parent.
import { Worker } from 'node:worker_threads';
import { PodiumError } from '@podium/core';
import { stageAmong } from '../stage/define-stage.ts';
import type { AnyStage, Progress } from '../stage/stage.ts';
import { type Job, runJob } from './job.ts';
import { type FromChild, HEARTBEAT_MS, type ToChild } from './messages.ts';

/** Closer reports than this nobody could read. */
const REPORT_MS = 50;

const canceled = new AbortController();
const send = (message: FromChild) => process.send?.(message);
const end = (message: FromChild) => process.send?.(message, undefined, {}, () => process.exit(0));

// Nobody waits for the results of an orphan.
process.on('disconnect', () => process.exit(1));
watchParent(Number(process.argv[2]));
// Ctrl-C reaches the whole group of processes; the parent says what is to be done about it.
process.on('SIGINT', () => {});
process.on('message', (message: ToChild) => {
  if (message.type === 'cancel') canceled.abort(new Error('canceled'));
  else void work(message.job);
});
setInterval(() => send({ type: 'heartbeat' }), HEARTBEAT_MS).unref();
send({ type: 'heartbeat' });

async function work(job: Job): Promise<void> {
  try {
    await runJob(job, await load(job), canceled.signal, throttled());
    end({ type: 'done' });
  } catch (error) {
    if (canceled.signal.aborted) end({ type: 'canceled' });
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
  return stageAmong(exports, stageName, stageModule);
}

function throttled(): (progress: Progress) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const now = performance.now();
    if (now - last < REPORT_MS && progress.done !== progress.total) return;
    last = now;
    send({ type: 'progress', progress });
  };
}

/** A stage that computes without pause never hears that its parent is gone; a thread of its own does. */
function watchParent(parent: number): void {
  const code = `setInterval(() => { if (process.ppid !== ${parent}) process.kill(process.pid, 'SIGKILL'); }, 1000)`;
  if (process.platform !== 'win32') new Worker(code, { eval: true, execArgv: [] }).unref();
}
