import { PodiumError } from '@podium/core';
import { type OpenedCache, openCache } from '../cache/shared-cache.ts';
import { decodeSettings } from '../decode/decode-image.ts';
import { sequential } from '../samplers/sequential.ts';
import { checkOptions } from './check-options.ts';
import { type EpochOrder, type EpochPlan, epochOrder, sharePlan } from './epoch-order.ts';
import { fingerprint } from './fingerprint.ts';
import { type BrokenReport, type ProducerReport, sizeOf } from './producer.ts';
import { createRing, Ring } from './ring.ts';
import { shareSamples } from './sample-table.ts';
import { packImages } from './split-views.ts';
import { checkState, checkStep } from './state.ts';
import { headTargets } from './targets.ts';
import type { Batch, Loader, LoaderOptions, LoaderState, LoaderStatistics } from './types.ts';
import { type Crew, startCrew } from './worker-pool.ts';

/**
 * Batches of augmented images, made ahead by worker threads while the caller computes.
 *
 * The same options and seed give the same bytes, whatever the number of workers, the depth of prefetching or where it was
 * interrupted: each showing of a row draws from random numbers of its own, derived from (seed, epoch, id), see `sampleRng`.
 * Workers take samples from a shared counter and write them into shared memory, so they go on while a training step
 * holds the main thread; memory is bounded by `prefetch + 1` batches.
 * @throws PodiumError `loader-setting`, `label-unknown`, `label-malformed`, `sampler-setting`, `loader-state` here;
 * while iterating, what is wrong with an image (`onBroken: 'fail'`), `loader-transform`, `loader-image-size`,
 * `loader-worker`, and the reason of an aborted signal.
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
  readonly #made: Readonly<Record<string, string>>;
  readonly #orders = new Map<number, EpochOrder>();
  readonly #plans: EpochPlan[] = [];
  readonly #broken = new Map<number, BrokenReport[]>();
  #next: { epoch: number; step: number };
  /** Number of the next batch to hand out, from where this loader began. */
  #batch = 0;
  #inUse: number | undefined;
  #ring: Ring | undefined;
  #crew: Crew | undefined;
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
    checkOptions(options);
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
    this.#made = fingerprint(this.#options, this.#samples.text);
    const { state } = options;
    if (state !== undefined) checkState(state, this.#made);
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
    return { version: 1, ...this.#next, made: this.#made };
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
    this.#closing ??= this.#end();
    return this.#closing;
  }

  /** Batches for as long as `more` says so of the next one's epoch; whoever stops before that ends the loader. */
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
        message: 'two loops ask this loader for batches at the same time',
        fix: 'use one loader a loop',
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
    this.#check();
    const { ring, crew } = this.#running();
    if (this.#inUse !== undefined) {
      ring.release(this.#inUse);
      this.#inUse = undefined;
      crew.wake();
    }
    this.#planAhead();
    const number = this.#batch;
    const plan = this.#plans.find(({ firstBatch, steps }) => number < firstBatch + steps);
    if (plan === undefined) return undefined;
    await this.#settled(ring, crew, plan, number);
    const batch = this.#collect(ring, plan, number);
    this.#inUse = number;
    this.#batch++;
    const step = number - plan.firstBatch + 1;
    this.#next = step < plan.steps ? { epoch: plan.epoch, step } : { epoch: plan.epoch + 1, step: 0 };
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
      places: options.prefetch + 1,
      batchSize,
      views: Math.max(1, transforms.length),
      imageLength: imageSize[0] * imageSize[1] * this.#channels,
      type: output.type,
    });
    this.#ring = new Ring(shared);
    this.#crew = startCrew(
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
      { report: (report) => this.#hear(report), fail: (error) => this.#fail(error) },
    );
    this.#crew.hold(false);
  }

  #running(): { ring: Ring; crew: Crew } {
    if (this.#ring === undefined || this.#crew === undefined) throw new Error('the loader did not start');
    return { ring: this.#ring, crew: this.#crew };
  }

  /** Orders of epochs go out long before they are needed, since this thread may be busy when they are. */
  #planAhead(): void {
    const { prefetch, epochs, batchSize } = this.#options;
    const { crew } = this.#running();
    // This thread may compute for a while between two calls; by its end every place may be full.
    const horizon = this.#batch + 2 * (prefetch + 1);
    for (;;) {
      const newest = this.#plans.at(-1);
      const end = newest === undefined ? 0 : newest.firstBatch + newest.steps;
      const epoch = newest === undefined ? this.#next.epoch : newest.epoch + 1;
      if (end > horizon || epoch >= epochs || newest?.last === true) break;
      const firstBatch = newest === undefined ? -this.#next.step : end;
      const order = this.#order(epoch);
      if (order.steps === 0) throw emptyEpoch(epoch, order.order.length, batchSize);
      if (newest === undefined) checkStep(this.#next, order.steps);
      const plan = sharePlan(order, this.#options.rows.length, {
        epoch,
        firstBatch,
        last: epoch + 1 >= epochs,
      });
      this.#orders.delete(epoch);
      this.#plans.push(plan);
      crew.addPlan(plan);
    }
    while ((this.#plans[1]?.firstBatch ?? Number.POSITIVE_INFINITY) <= this.#batch) this.#plans.shift();
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

  async #settled(ring: Ring, crew: Crew, plan: EpochPlan, number: number): Promise<void> {
    const size = sizeOf(plan, number, this.#options.batchSize);
    for (;;) {
      this.#check();
      const { count, broken } = ring.settled(number);
      // The full batch can be seen before the last message on what is broken in it has come.
      if (count === size && (this.#broken.get(number)?.length ?? 0) === broken) return;
      crew.hold(true);
      await new Promise<void>((resolve) => {
        this.#wakeUp = resolve;
      });
      crew.hold(false);
    }
  }

  #collect(ring: Ring, plan: EpochPlan, number: number): Batch {
    const { rows, batchSize, imageSize } = this.#options;
    const size = sizeOf(plan, number, batchSize);
    const step = number - plan.firstBatch;
    this.#tellBroken(plan, number, step);
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
      ids: kept.map((row) => (rows[row] as { id: string }).id),
      targets: Object.fromEntries(this.#targets.map(({ name, take }) => [name, take(indices)])),
      weights: Float32Array.from(kept, (row) => this.#weights[row]!),
      indices,
      epoch: plan.epoch,
      step,
      steps: plan.steps,
    };
  }

  /** Tells what was broken in a batch, by position, and throws what ends the loop. */
  #tellBroken({ epoch }: EpochPlan, number: number, step: number): void {
    const reports = (this.#broken.get(number) ?? []).toSorted((a, b) => a.position - b.position);
    this.#broken.delete(number);
    const { rows, onBroken, onEvent } = this.#options;
    const idOf = (index: number) => (rows[index] as { id: string }).id;
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
      const error = new PodiumError(fatal ? problem : named(problem, idOf(index)));
      this.#fail(error);
      throw error;
    }
  }

  #hear(report: ProducerReport): void {
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

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#closing !== undefined) throw closed();
  }

  async #end(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    // What is starting has to be there before it can be ended; its error is told to whoever waits for it.
    await this.#starting?.catch(() => {});
    this.#ring?.close();
    this.#wake();
    await this.#crew?.end();
    await this.#cache?.close();
  }
}

/** Names the row besides the file. */
function named(problem: PodiumError['problem'], id: string): PodiumError['problem'] {
  return { ...problem, path: { ...problem.path, key: `row "${id}"` } };
}

function closed(): PodiumError {
  return new PodiumError({
    code: 'loader-closed',
    message: 'the loader was closed while a batch was awaited',
    fix: 'create another one; state() says where this one was',
  });
}

function emptyEpoch(epoch: number, length: number, batchSize: number): PodiumError {
  return new PodiumError({
    code: 'loader-empty',
    message: `epoch ${epoch} has no batch`,
    expected: `at least ${length === 0 ? 'one row' : `one full batch of ${batchSize}`}`,
    got: `${length} rows`,
    fix: length === 0 ? 'check the rows and the sampler' : 'lower batchSize, or set dropLast to false',
  });
}
