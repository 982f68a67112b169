import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { PodiumError } from '@podium/core';
import { jpegDecoderInUse } from '../decode/jpeg-decoder.ts';
import { sharedBudget } from '../decode/pixel-budget.ts';
import type { SharedEpoch } from './epoch-order.ts';
import { Producer, type ProducerReport, type ProducerSettings } from './producer.ts';
import type { ToMain, ToWorker, WorkerData } from './worker-messages.ts';

/** What makes the samples: worker threads, or this thread. */
export interface WorkerPool {
  addEpoch(epoch: SharedEpoch): void;
  /** Call when a slot of the ring became free, or the ring was closed. */
  wake(): void;
  /** Whether the pool keeps the process alive: only while a batch is awaited. */
  keepAlive(needed: boolean): void;
  /** Resolves when all threads have ended. The ring has to be closed before. */
  close(): Promise<void>;
}

interface Handlers {
  readonly onReport: (report: ProducerReport) => void;
  readonly onError: (error: unknown) => void;
}

/** @param inFlight images being read or decoded at once, over all workers */
export function startWorkerPool(
  workers: number,
  settings: Omit<ProducerSettings, 'concurrency'>,
  inFlight: number,
  handlers: Handlers,
): WorkerPool {
  if (workers === 0) return inThisThread({ ...settings, concurrency: inFlight }, handlers);
  const concurrency = Math.max(1, Math.ceil(inFlight / workers));
  return inThreads(workers, { ...settings, concurrency }, handlers);
}

function inThisThread(settings: ProducerSettings, { onReport, onError }: Handlers): WorkerPool {
  const producer = new Producer(settings, onReport);
  const run = producer.run().catch(onError);
  return {
    addEpoch: (epoch) => producer.addEpoch(epoch),
    wake: () => producer.wake(),
    keepAlive: () => {},
    close: () => {
      producer.wake();
      return run;
    },
  };
}

function inThreads(count: number, settings: ProducerSettings, { onReport, onError }: Handlers): WorkerPool {
  let closing = false;
  const workers = Array.from({ length: count }, () => startWorker(settings));
  const ended = workers.map((worker) => {
    let finished = false;
    worker.on('message', (message: ToMain) => {
      if (message.kind === 'finished') finished = true;
      else if (message.kind === 'failed') onError(new PodiumError(message.problem));
      else onReport(message);
    });
    worker.on('error', (error) => onError(crashed(String(error), error)));
    return new Promise<void>((resolve) => {
      worker.on('exit', (code) => {
        if (!finished && !closing) onError(crashed(`exit code ${code}`));
        resolve();
      });
    });
  });
  const post = (message: ToWorker) => {
    for (const worker of workers) worker.postMessage(message);
  };
  return {
    addEpoch: (epoch) => post({ kind: 'epoch', epoch }),
    wake: () => post({ kind: 'wake' }),
    keepAlive: (needed) => {
      for (const worker of workers) {
        if (needed) worker.ref();
        else worker.unref();
      }
    },
    close: async () => {
      closing = true;
      for (const worker of workers) worker.ref();
      post({ kind: 'wake' });
      await Promise.all(ended);
    },
  };
}

function startWorker(settings: ProducerSettings): Worker {
  const workerData: WorkerData = {
    settings,
    budget: sharedBudget(),
    jpegDecoder: jpegDecoderInUse(),
  };
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./worker.js', import.meta.url), { workerData });
  // Running from TypeScript sources: Node.js does not apply `--import tsx` to a thread's entry file, so the thread
  // registers tsx itself.
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm/api')).href.replace(
    '.cjs',
    '.mjs',
  );
  const file = new URL('./worker.ts', import.meta.url).href;
  const code = `import(${JSON.stringify(tsx)}).then(({ register }) => { register(); return import(${JSON.stringify(file)}); })`;
  return new Worker(code, { workerData, eval: true, execArgv: ['--conditions=@podium/source'] });
}

function crashed(reason: string, cause?: unknown): PodiumError {
  return new PodiumError(
    {
      code: 'loader-worker',
      message: `a worker thread of the loader crashed (${reason})`,
      fix: 'set workers to 0 to find the cause; if it ran out of memory, lower inFlight or maxPixels',
    },
    { cause },
  );
}
