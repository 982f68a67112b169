import { Admission } from './admission.ts';
import type { Executor, Slot, SlotRequest } from './job.ts';
import { runJob } from './job.ts';

/**
 * Runs jobs in this process, one at a time, in the order they arrive: for tests, and for stages too fast to be worth a
 * process. A stage that crashes takes this process with it.
 */
export function inProcessExecutor(): Executor {
  const admission = new Admission({ cores: 1, memoryBytes: 0 });
  const closing = new AbortController();
  const running = new Set<Promise<void>>();
  const reserve = async (_: SlotRequest, signal: AbortSignal): Promise<Slot> => {
    const release = await admission.enter({}, AbortSignal.any([signal, closing.signal]));
    return {
      execute: async (job, { stage, signal: canceling, onEvent }) => {
        const combined = AbortSignal.any([canceling, closing.signal]);
        const run = runJob(job, stage, combined, (progress) => onEvent({ type: 'progress', progress }));
        running.add(run);
        try {
          await run;
        } finally {
          running.delete(run);
        }
      },
      release,
    };
  };
  return Object.freeze({
    reserve,
    close: async () => {
      closing.abort(new Error('the executor was closed'));
      await Promise.allSettled(running);
    },
  });
}
