import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { PodiumError } from '@podium/core';
import type { EpochPlan } from './epoch-order.ts';
import { Producer, type ProducerReport, type ProducerSettings } from './producer.ts';
import type { ToMain, ToWorker } from './worker-messages.ts';

/** Whoever makes the samples: threads, or this thread itself. */
export interface Crew {
  addPlan(plan: EpochPlan): void;
  wake(): void;
  /** Whether the process must stay alive for what is being made: only while somebody waits for it. */
  hold(needed: boolean): void;
  /** Resolves when all are gone. The ring has to be closed. */
  end(): Promise<void>;
}

interface Reports {
  readonly report: (report: ProducerReport) => void;
  readonly fail: (error: unknown) => void;
}

export function startCrew(
  workers: number,
  settings: Omit<ProducerSettings, 'lanes'>,
  inFlight: number,
  reports: Reports,
): Crew {
  if (workers === 0) return inThisThread({ ...settings, lanes: inFlight }, reports);
  const lanes = Math.max(1, Math.ceil(inFlight / workers));
  return inThreads(workers, { ...settings, lanes }, reports);
}

function inThisThread(settings: ProducerSettings, { report, fail }: Reports): Crew {
  const producer = new Producer(settings, report);
  const run = producer.run().catch(fail);
  return {
    addPlan: (plan) => producer.addPlan(plan),
    wake: () => producer.wake(),
    hold: () => {},
    end: () => {
      producer.wake();
      return run;
    },
  };
}

function inThreads(count: number, settings: ProducerSettings, { report, fail }: Reports): Crew {
  let ending = false;
  const workers = Array.from({ length: count }, () => startWorker(settings));
  const gone = workers.map((worker) => {
    let finished = false;
    worker.on('message', (message: ToMain) => {
      if (message.kind === 'finished') finished = true;
      else if (message.kind === 'failed') fail(new PodiumError(message.problem));
      else report(message);
    });
    worker.on('error', (error) => fail(crashed(String(error), error)));
    return new Promise<void>((resolve) => {
      worker.on('exit', (code) => {
        if (!finished && !ending) fail(crashed(`it ended with code ${code}`));
        resolve();
      });
    });
  });
  const tell = (message: ToWorker) => {
    for (const worker of workers) worker.postMessage(message);
  };
  return {
    addPlan: (plan) => tell({ kind: 'plan', plan }),
    wake: () => tell({ kind: 'wake' }),
    hold: (needed) => {
      for (const worker of workers) {
        if (needed) worker.ref();
        else worker.unref();
      }
    },
    end: async () => {
      ending = true;
      for (const worker of workers) worker.ref();
      tell({ kind: 'wake' });
      await Promise.all(gone);
    },
  };
}

function startWorker(workerData: ProducerSettings): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./worker.js', import.meta.url), { workerData });
  // Sources, in the workspace: Node.js does not run `--import tsx` for a thread's own file, so the thread asks tsx itself.
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm/api')).href.replace(
    '.cjs',
    '.mjs',
  );
  const file = new URL('./worker.ts', import.meta.url).href;
  const code = `import(${JSON.stringify(tsx)}).then(({ register }) => { register(); return import(${JSON.stringify(file)}); })`;
  return new Worker(code, { workerData, eval: true, execArgv: ['--conditions=@podium/source'] });
}

function crashed(what: string, cause?: unknown): PodiumError {
  return new PodiumError(
    {
      code: 'loader-worker',
      message: `a worker thread of the loader crashed (${what})`,
      fix: 'set workers to 0 to see where; if it ran out of memory, lower inFlight or maxPixels',
    },
    { cause },
  );
}
