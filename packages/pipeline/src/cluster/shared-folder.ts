import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PodiumError, processName } from '@podium/core';
import { inProcessExecutor } from '../execute/in-process.ts';
import type { DelegateOptions, Executor } from '../execute/job.ts';
import type { Store } from '../store/store.ts';
import { Exchange } from './exchange.ts';
import type { JobReference } from './job-reference.ts';
import { WorkerWatch } from './worker-watch.ts';

const POLL_MS = 250;
/** How long nobody may be there who could do a job before that is told. */
const PATIENCE_MS = 3000;

/**
 * Has jobs computed by the workers of a store that several machines share (`podium worker`), which need no server: they
 * find jobs in its folder and claim them there. Cheap stages run in this process.
 *
 * A job that this process has asked for is done even if it is killed; where the run is canceled, it is withdrawn.
 */
export function sharedFolderExecutor(store: Store): Executor {
  const exchange = new Exchange(store.folder);
  const watch = new WorkerWatch(exchange);
  const here = inProcessExecutor();
  const closing = new AbortController();
  const isMade = (key: string) =>
    lstat(join(store.folder, 'entries', key)).then(
      () => true,
      () => false,
    );
  const delegate = async (
    job: JobReference,
    { signal: canceling, onEvent }: DelegateOptions,
  ): Promise<void> => {
    const { key } = job;
    const signal = AbortSignal.any([canceling, closing.signal]);
    const start = performance.now();
    let told = false;
    let said = '';
    let worker = '';
    try {
      for (;;) {
        signal.throwIfAborted();
        const posted = await exchange.job(key);
        if (await isMade(key)) return;
        // Nobody has asked for it, or another run that did has withdrawn it.
        const ticket = posted?.ticket ?? processName();
        if (posted === undefined) await exchange.post(key, { ticket, job });
        const failure = await exchange.failure(key);
        if (failure?.ticket === ticket) throw failed(failure.problem, failure.stack);
        const news = await exchange.news(key);
        if (news !== undefined && news.worker !== worker) onEvent({ type: 'worker', worker: news.worker });
        worker = news?.worker ?? worker;
        if (news?.progress !== undefined && JSON.stringify(news.progress) !== said) {
          said = JSON.stringify(news.progress);
          onEvent({ type: 'progress', progress: news.progress });
        }
        if (!told && news === undefined && performance.now() - start > PATIENCE_MS) {
          const reasons = await watch.whyNobody(job);
          told = reasons !== undefined;
          if (reasons !== undefined) onEvent({ type: 'no-worker', reasons });
        }
        await sleep(POLL_MS, undefined, { signal });
      }
    } finally {
      await exchange.withdraw(key);
    }
  };
  return Object.freeze({
    reserve: here.reserve,
    delegate,
    close: async () => {
      closing.abort(new Error('the executor was closed'));
      await here.close();
    },
  });
}

function failed(problem: PodiumError['problem'], stack: string | undefined): PodiumError {
  const error = new PodiumError(problem);
  if (stack !== undefined) error.cause = Object.assign(new Error(problem.message), { stack });
  return error;
}
