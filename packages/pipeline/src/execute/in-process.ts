import type { ExecuteOptions, Executor, Job } from './job.ts';
import { runJob } from './job.ts';

/**
 * Runs jobs in this process, one at a time, in the order they arrive: for tests, and for stages too fast to be worth a
 * process. A stage that crashes takes this process with it.
 */
export function inProcessExecutor(): Executor {
  let last: Promise<unknown> = Promise.resolve();
  const closing = new AbortController();
  const execute = (job: Job, { stage, signal, onEvent }: ExecuteOptions): Promise<void> => {
    const combined = AbortSignal.any([signal, closing.signal]);
    const run = last.then(() =>
      runJob(job, stage, combined, (progress) => onEvent({ type: 'progress', progress })),
    );
    last = run.catch(() => {});
    return run;
  };
  return Object.freeze({
    execute,
    close: async () => {
      closing.abort(new Error('the executor was closed'));
      await last;
    },
  });
}
