import { PodiumError } from '@podium/core';
import { type OpenedCache, openCache } from '../cache/shared-cache.ts';
import { decodeSettings } from '../decode/decode-image.ts';
import { sequential } from '../samplers/sequential.ts';
import { assertOptions } from './assert-options.ts';
import { type EpochOrder, epochOrder, type SharedEpoch, shareEpoch } from './epoch-order.ts';
import { fingerprint } from './fingerprint.ts';
import { assertState, assertStep } from './loader-state.ts';
import { type BrokenReport, type ProducerReport, sizeOf } from './producer.ts';
import { createRing, Ring } from './ring.ts';
import { shareSamples } from './sample-table.ts';
import { packImages } from './split-views.ts';
import { headTargets } from './targets.ts';
import type { Batch, Loader, LoaderOptions, LoaderState, LoaderStatistics } from './types.ts';
import { startWorkerPool, type WorkerPool } from './worker-pool.ts';

/**
 * Loads batches of augmented images, made ahead by worker threads while the caller computes.
 *
 * The same options and seed give the same bytes for any number of workers, any prefetch depth, and after any interruption:
 * each showing of a row draws from its own random stream, derived from (seed, epoch, id); see `sampleRng`. Workers take
 * samples from a shared counter and write them into shared memory, so they continue while a training step blocks the main
 * thread. Memory is bounded by `prefetch + 1` batches.
 * @throws PodiumError `loader-setting`, `label-unknown`, `label-malformed`, `sampler-setting`, `loader-state`; while
 * iterating, errors of images (with `onBroken: 'fail'`), `loader-transform`, `loader-image-size`, `loader-worker`, and the
 * reason of an aborted signal
 *
 * @example
 * const loader = createLoader({
 *   root: data.root, rows: data.train, heads: data.heads, batchSize: 32, imageSize: [224, 224], seed: 1,
 *   sampler: shuffled(), epochs: 10,
 *   transform: { module: import.meta.resolve('@podium/augment'), factory: 'pipelineFrom', argument: steps },
 * });
 * for await (const { images, targets } of loader) { ... }
 */
export function createLoader(options: LoaderOptions): Loader {
  return new BatchLoader(options);
}

class BatchLoader implements Loader {
  readonly #options: Required<
    Pick<
      LoaderOptions,
      'heads' | 'sampler' | 'dropLast' | 'workers' | 'prefetch' | 'inFlight' | 'epochs' | 'onBroken'
    >
  > &
    LoaderOptions;
  readonly #channels: number;
  readonly #targets;
  readonly #samples;
  readonly #weights: Float32Array;
  readonly #fingerprint: Readonly<Record<string, string>>;
  readonly #orders = new Map<number, EpochOrder>();
  readonly #epochs: SharedEpoch[] = [];
  readonly #broken = new Map<number, BrokenReport[]>();
  #next: { epoch: number; step: number };
  /** Number of the next batch to hand out, counted from this loader's start. */
  #batch = 0;
  #inUse: number | undefined;
  #ring: Ring | undefined;
  #pool: WorkerPool | undefined;
  #cache: OpenedCache | undefined;
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #wakeUp: (() => void) | undefined;
  #busy = false;
  #began: number | undefined;
  #waited = 0;
  #counts = { batches: 0, images: 0, broken: 0 };
  readonly #onAbort = (): void => {
    this.#fail(this.#options.signal?.reason);
    void this.close();
  };

  constructor(options: LoaderOptions) {
    assertOptions(options);
    const { rows, heads = [] } = options;
    this.#options = {
      sampler: sequential(),
      dropLast: false,
      workers: 2,
      prefetch: 2,
      inFlight: 8,
      epochs: 1,
      onBroken: 'fail',
      ...options,
      heads,
    };
    this.#channels = options.decode?.mode === 'gray' ? 1 : 3;
    this.#targets = heads.map((head) => headTargets(head, rows));
    this.#samples = shareSamples(rows);
    this.#weights = Float32Array.from(rows, ({ weight }) => weight);
    this.#fingerprint = fingerprint(this.#options, this.#samples.text);
    const { state } = options;
    if (state !== undefined) assertState(state, this.#fingerprint);
    this.#next = { epoch: state?.epoch ?? 0, step: state?.step ?? 0 };
  }

  [Symbol.asyncIterator](): AsyncIterator<Batch> {
    return this.#iterate(() => true);
  }

  epoch(): AsyncIterable<Batch> {
    return {
      [Symbol.asyncIterator]: () => {
        const { epoch } = this.#next;
        return this.#iterate((next) => next === epoch);
      },
    };
  }

  steps(epoch: number): number {
    return this.#order(epoch).steps;
  }

  state(): LoaderState {
    return { version: 1, ...this.#next, fingerprint: this.#fingerprint };
  }

  statistics(): LoaderStatistics {
    const seconds = this.#began === undefined ? 0 : (performance.now() - this.#began) / 1000;
    const waitedSeconds = this.#waited / 1000;
    const per = (value: number) => (seconds === 0 ? 0 : value / seconds);
    return {
      ...this.#counts,
      seconds,
      waitedSeconds,
      waitShare: per(waitedSeconds),
      imagesPerSecond: per(this.#counts.images),
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Batches while `more` accepts the epoch of the next one. Leaving the loop early closes the loader. */
  async *#iterate(more: (epoch: number) => boolean): AsyncGenerator<Batch, undefined> {
    let finished = false;
    try {
      for (;;) {
        const batch = more(this.#next.epoch) ? await this.#take() : undefined;
        if (batch === undefined) {
          finished = this.#next.epoch < this.#options.epochs && this.#failure === undefined;
          return undefined;
        }
        yield batch;
      }
    } finally {
      if (!finished) await this.close();
    }
  }

  async #take(): Promise<Batch | undefined> {
    if (this.#busy) {
      throw new PodiumError({
        code: 'loader-busy',
        message: 'two loops are taking batches from this loader at the same time',
        fix: 'use one loader per loop',
      });
    }
    this.#busy = true;
    const since = performance.now();
    this.#began ??= since;
    try {
      for (;;) {
        const batch = await this.#takeNext();
        if (batch === undefined || batch.indices.length > 0) return batch;
      }
    } finally {
      this.#waited += performance.now() - since;
      this.#busy = false;
    }
  }

  async #takeNext(): Promise<Batch | undefined> {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#closing !== undefined) return undefined;
    this.#starting ??= this.#start();
    await this.#starting;
    this.#assertRunning();
    const { ring, pool } = this.#running();
    if (this.#inUse !== undefined) {
      ring.release(this.#inUse);
      this.#inUse = undefined;
      pool.wake();
    }
    this.#orderAhead();
    const number = this.#batch;
    const epoch = this.#epochs.find(({ firstBatch, steps }) => number < firstBatch + steps);
    if (epoch === undefined) return undefined;
    await this.#whenSettled(ring, pool, epoch, number);
    const batch = this.#collect(ring, epoch, number);
    this.#inUse = number;
    this.#batch++;
    const step = number - epoch.firstBatch + 1;
    this.#next = step < epoch.steps ? { epoch: epoch.epoch, step } : { epoch: epoch.epoch + 1, step: 0 };
    this.#counts.batches++;
    this.#counts.images += batch.indices.length;
    return batch;
  }

  async #start(): Promise<void> {
    const options = this.#options;
    const { rows, root, decode = {}, batchSize, imageSize, output = { type: 'uint8' } } = options;
    const transforms = options.views ?? (options.transform === undefined ? [] : [options.transform]);
    options.signal?.throwIfAborted();
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (options.cache !== undefined) this.#cache = await openCache(options.cache, decode, rows, root);
    const shared = createRing({
      slots: options.prefetch + 1,
      batchSize,
      views: Math.max(1, transforms.length),
      imageLength: imageSize[0] * imageSize[1] * this.#channels,
      type: output.type,
    });
    this.#ring = new Ring(shared);
    this.#pool = startWorkerPool(
      options.workers,
      {
        ring: shared,
        samples: this.#samples,
        cache: this.#cache?.shared,
        root,
        seed: options.seed,
        decode: decodeSettings(decode),
        imageSize,
        transforms,
        output,
        onBroken: options.onBroken,
      },
      options.inFlight,
      { onReport: (report) => this.#handleReport(report), onError: (error) => this.#fail(error) },
    );
    this.#pool.keepAlive(false);
  }

  #running(): { ring: Ring; pool: WorkerPool } {
    if (this.#ring === undefined || this.#pool === undefined) throw new Error('the loader did not start');
    return { ring: this.#ring, pool: this.#pool };
  }

  /** Sends the orders of epochs to the workers early, since this thread may be busy when they are needed. */
  #orderAhead(): void {
    const { prefetch, epochs, batchSize } = this.#options;
    const { pool } = this.#running();
    // This thread may compute for a while between two calls; afterward every slot may be full.
    const horizon = this.#batch + 2 * (prefetch + 1);
    for (;;) {
      const newest = this.#epochs.at(-1);
      const end = newest === undefined ? 0 : newest.firstBatch + newest.steps;
      const epoch = newest === undefined ? this.#next.epoch : newest.epoch + 1;
      if (end > horizon || epoch >= epochs || newest?.last === true) break;
      const firstBatch = newest === undefined ? -this.#next.step : end;
      const order = this.#order(epoch);
      if (order.steps === 0) throw emptyEpoch(epoch, order.order.length, batchSize);
      if (newest === undefined) assertStep(this.#next, order.steps);
      const shared = shareEpoch(order, this.#options.rows.length, {
        epoch,
        firstBatch,
        last: epoch + 1 >= epochs,
      });
      this.#orders.delete(epoch);
      this.#epochs.push(shared);
      pool.addEpoch(shared);
    }
    while ((this.#epochs[1]?.firstBatch ?? Number.POSITIVE_INFINITY) <= this.#batch) this.#epochs.shift();
  }

  #order(epoch: number): EpochOrder {
    const { rows, sampler, seed, batchSize, dropLast } = this.#options;
    let order = this.#orders.get(epoch);
    if (order === undefined) {
      order = epochOrder(rows, sampler, seed, epoch, batchSize, dropLast);
      this.#orders.clear();
      this.#orders.set(epoch, order);
    }
    return order;
  }

  async #whenSettled(ring: Ring, pool: WorkerPool, epoch: SharedEpoch, number: number): Promise<void> {
    const size = sizeOf(epoch, number, this.#options.batchSize);
    for (;;) {
      this.#assertRunning();
      const { count, broken } = ring.settled(number);
      // The counters may show a full batch before the last report of a broken image arrives.
      if (count === size && (this.#broken.get(number)?.length ?? 0) === broken) return;
      pool.keepAlive(true);
      await new Promise<void>((resolve) => {
        this.#wakeUp = resolve;
      });
      pool.keepAlive(false);
    }
  }

  #collect(ring: Ring, epoch: SharedEpoch, number: number): Batch {
    const { rows, batchSize, imageSize } = this.#options;
    const size = sizeOf(epoch, number, batchSize);
    const step = number - epoch.firstBatch;
    this.#emitBroken(epoch, number, step);
    const chosen = ring.rows(number);
    const { views } = ring.shape;
    const positions = Array.from({ length: size }, (_, position) => position);
    const filled = positions.filter((position) => chosen[position]! >= 0);
    const kept = filled.map((position) => chosen[position]!);
    const indices = Uint32Array.from(kept);
    return {
      images: packImages(ring.images(number), ring.shape, filled),
      shape: [views * kept.length, ...imageSize, this.#channels],
      views,
      ids: kept.map((row) => rows[row]!.id),
      targets: Object.fromEntries(this.#targets.map(({ name, take }) => [name, take(indices)])),
      weights: Float32Array.from(kept, (row) => this.#weights[row]!),
      indices,
      epoch: epoch.epoch,
      step,
      steps: epoch.steps,
    };
  }

  /** Emits the broken images of a batch, by position, and throws the error that ends the loop, if any. */
  #emitBroken({ epoch }: SharedEpoch, number: number, step: number): void {
    const reports = (this.#broken.get(number) ?? []).toSorted((a, b) => a.position - b.position);
    this.#broken.delete(number);
    const { rows, onBroken, onEvent } = this.#options;
    const idOf = (index: number) => rows[index]!.id;
    for (const { index, problem, fatal, substitute } of reports) {
      const fails = fatal || onBroken === 'fail' || (onBroken === 'substitute' && substitute === undefined);
      if (!fatal) {
        this.#counts.broken++;
        onEvent?.({
          kind: 'broken-image',
          id: idOf(index),
          index,
          epoch,
          step,
          problem,
          handled: fails ? 'failed' : onBroken === 'skip' ? 'skipped' : 'substituted',
          ...(substitute !== undefined && { substitute: idOf(substitute) }),
        });
      }
      if (!fails) continue;
      const error = new PodiumError(fatal ? problem : withRow(problem, idOf(index)));
      this.#fail(error);
      throw error;
    }
  }

  #handleReport(report: ProducerReport): void {
    if (report.kind === 'broken') {
      const reports = this.#broken.get(report.batch);
      if (reports === undefined) this.#broken.set(report.batch, [report]);
      else reports.push(report);
    } else if (report.kind === 'cache-damaged') {
      const { index, shard } = report;
      const id = this.#options.rows[index]?.id ?? '';
      this.#options.onEvent?.({ kind: 'cache-damaged', id, index, shard });
    }
    this.#wake();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  #wake(): void {
    const wakeUp = this.#wakeUp;
    this.#wakeUp = undefined;
    wakeUp?.();
  }

  #assertRunning(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#closing !== undefined) throw closed();
  }

  async #close(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    // Threads that are starting can only be closed once they run; errors of the start go to the waiting caller.
    await this.#starting?.catch(() => {});
    this.#ring?.close();
    this.#wake();
    await this.#pool?.close();
    await this.#cache?.close();
  }
}

/** Adds the row to the problem's path. */
function withRow(problem: PodiumError['problem'], id: string): PodiumError['problem'] {
  return { ...problem, path: { ...problem.path, key: `row "${id}"` } };
}

function closed(): PodiumError {
  return new PodiumError({
    code: 'loader-closed',
    message: 'the loader was closed while a batch was awaited',
    fix: 'create another loader; state() has the position of this one',
  });
}

function emptyEpoch(epoch: number, length: number, batchSize: number): PodiumError {
  return new PodiumError({
    code: 'loader-empty',
    message: `epoch ${epoch} has no batches`,
    expected: `at least ${length === 0 ? 'one row' : `one full batch of ${batchSize}`}`,
    got: `${length} rows`,
    fix: length === 0 ? 'check the rows and the sampler' : 'lower batchSize, or set dropLast to false',
  });
}
