import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { PodiumError } from '@podium/core';
import { jpegDecoderInUse } from '../decode/jpeg-decoder.ts';
import { sharedBudget } from '../decode/pixel-budget.ts';
import type { SharedEpoch } from './epoch-order.ts';
import { Producer, type ProducerReport, type ProducerSettings } from './producer.ts';
import { isModule } from './transform-module.ts';
import type { ToMain, ToWorker, WorkerTask } from './worker-messages.ts';

/** What makes the samples: worker threads, or this thread. */
export interface WorkerPool {
  addEpoch(epoch: SharedEpoch): void;
  /** Call when a slot of the ring became free, or the ring was closed. */
  wake(): void;
  /** Whether the pool keeps the process alive: only while a batch is awaited. */
  keepAlive(needed: boolean): void;
  /** Resolves when nothing is in flight. The ring has to be closed before. */
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

function inThreads(count: number, settings: ProducerSettings, handlers: Handlers): WorkerPool {
  const task: WorkerTask = { settings, budget: sharedBudget(), jpegDecoder: jpegDecoderInUse() };
  const reusable = settings.transforms.every(
    (transform) => !(isModule(transform) && transform.fresh === true),
  );
  const threads = Array.from({ length: count }, () => (reusable ? idle.pop() : undefined) ?? new Thread());
  const finished = threads.map((thread) => thread.run(task, handlers));
  return {
    addEpoch: (epoch) => {
      for (const thread of threads) thread.post({ kind: 'epoch', epoch });
    },
    wake: () => {
      for (const thread of threads) thread.post({ kind: 'wake' });
    },
    keepAlive: (needed) => {
      for (const thread of threads) thread.keepAlive(needed);
    },
    close: async () => {
      for (const thread of threads) {
        thread.keepAlive(true);
        thread.post({ kind: 'wake' });
      }
      await Promise.all(finished);
      await Promise.all(threads.map((thread) => (reusable && thread.park() ? undefined : thread.end())));
    },
  };
}

/** Threads that wait for another loader: starting one takes longer than a small run computes. */
const idle: Thread[] = [];
/** As many as training and validation use at once. */
const MOST_IDLE = 4;

/** A worker thread, which loaders use one after another. */
class Thread {
  readonly #worker: Worker = startWorker();
  readonly #ended: Promise<void>;
  /** Whether it ended or failed, so that it cannot be used again. */
  #isSpent = false;
  #handlers: Handlers | undefined;
  #finish: (() => void) | undefined;

  constructor() {
    this.#worker.on('message', (message: ToMain) => {
      if (message.kind === 'finished') this.#finished();
      else if (message.kind === 'failed') {
        this.#isSpent = true;
        this.#handlers?.onError(new PodiumError(message.problem));
      } else this.#handlers?.onReport(message);
    });
    this.#worker.on('error', (error) => this.#handlers?.onError(crashed(String(error), error)));
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#isSpent = true;
        const place = idle.indexOf(this);
        if (place >= 0) idle.splice(place, 1);
        this.#handlers?.onError(crashed(`exit code ${code}`));
        this.#finished();
        resolve();
      });
    });
  }

  /** Resolves when nothing of the task is in flight. */
  run(task: WorkerTask, handlers: Handlers): Promise<void> {
    this.#handlers = handlers;
    return new Promise((resolve) => {
      this.#finish = resolve;
      this.post({ kind: 'start', task });
    });
  }

  post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  keepAlive(needed: boolean): void {
    if (needed) this.#worker.ref();
    else this.#worker.unref();
  }

  /** Lets the thread wait for another loader. @returns whether there is room for it */
  park(): boolean {
    if (this.#isSpent || idle.length >= MOST_IDLE) return false;
    this.keepAlive(false);
    idle.push(this);
    return true;
  }

  end(): Promise<void> {
    this.post({ kind: 'end' });
    return this.#ended;
  }

  #finished(): void {
    this.#handlers = undefined;
    this.#finish?.();
  }
}

function startWorker(): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./worker.js', import.meta.url));
  // Running from TypeScript sources: Node.js does not apply `--import tsx` to a thread's entry file, so the thread
  // registers tsx itself.
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm/api')).href.replace(
    '.cjs',
    '.mjs',
  );
  const file = new URL('./worker.ts', import.meta.url).href;
  const code = `import(${JSON.stringify(tsx)}).then(({ register }) => { register(); return import(${JSON.stringify(file)}); })`;
  return new Worker(code, { eval: true, execArgv: ['--conditions=@podium/source'] });
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
