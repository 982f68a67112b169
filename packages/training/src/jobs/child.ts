// The process of a job: takes it over IPC, runs it, sends what came of it. It ends with its parent.
import { PodiumError, type Problem } from '@podium/core';
import type { Job, JobContext, ToChild, ToParent } from './job.ts';

const controller = new AbortController();

process.on('message', (message: ToChild) => {
  if (message.type === 'stop') controller.abort();
  else void run(message.job);
});
// An orphan would go on training, and write into the folder of whoever took its place.
process.on('disconnect', () => process.exit(1));

async function run(job: Job): Promise<void> {
  const answer = await answerTo(job);
  send(answer, () => process.exit(0));
}

async function answerTo(job: Job): Promise<ToParent> {
  try {
    const module = (await import(job.module)) as Record<string, unknown>;
    const work = module[job.export];
    if (typeof work !== 'function') {
      throw new PodiumError({
        code: 'training-job',
        path: { file: job.module },
        message: 'the module of a job exports no such function',
        expected: Object.keys(module),
        got: JSON.stringify(job.export),
      });
    }
    const context: JobContext = {
      signal: controller.signal,
      report: (value) => send({ type: 'report', value }),
    };
    return { type: 'done', value: await work(job.argument, context) };
  } catch (error) {
    return { type: 'failed', problem: problemOf(error) };
  }
}

function problemOf(error: unknown): Problem {
  if (error instanceof PodiumError) return error.problem;
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'training-job-failed', message };
}

function send(message: ToParent, then?: () => void): void {
  process.send?.(message, undefined, undefined, (error) => {
    // What cannot be cloned is the job's mistake; a parent that is gone is nobody to tell.
    if (error && message.type === 'done') send({ type: 'failed', problem: problemOf(error) }, then);
    else then?.();
  });
}
