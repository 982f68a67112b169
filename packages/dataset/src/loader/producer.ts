import {
  type Image,
  type ImageSize,
  type ImageTransform,
  normalizeBytes,
  PodiumError,
  type Problem,
  Rng,
} from '@podium/core';
import { type CacheReader, type SharedCache, sharedCacheReader } from '../cache/shared-cache.ts';
import { type DecodeSettings, decodeImage } from '../decode/decode-image.ts';
import { type SharedEpoch, showingRng } from './epoch-order.ts';
import { Ring, type SharedRing } from './ring.ts';
import { type Sample, type SharedSamples, sampleReader } from './sample-table.ts';
import { isModule, loadTransform } from './transform-module.ts';
import type { BrokenPolicy, PixelOutput, TransformModule } from './types.ts';
import { ViewWindows, wholeWindow } from './view-windows.ts';
import { wholeImage } from './whole-image.ts';

/** What a thread needs to make samples. Structured-cloneable, unless a transform has functions. */
export interface ProducerSettings {
  readonly ring: SharedRing;
  readonly samples: SharedSamples;
  readonly cache: SharedCache | undefined;
  readonly root: string;
  readonly seed: string | number;
  readonly decode: DecodeSettings;
  readonly imageSize: readonly [height: number, width: number];
  /** One or more; empty for the whole image, resized. */
  readonly transforms: readonly (TransformModule | ImageTransform)[];
  readonly output: PixelOutput;
  readonly onBroken: BrokenPolicy;
  /** Samples in flight at once, in this thread. */
  readonly concurrency: number;
}

export type ProducerReport =
  | { readonly kind: 'full'; readonly batch: number }
  | BrokenReport
  | { readonly kind: 'cache-damaged'; readonly index: number; readonly shard: string };

export interface BrokenReport {
  readonly kind: 'broken';
  readonly batch: number;
  readonly position: number;
  readonly index: number;
  readonly problem: Problem;
  /** Whether the transform or the machine is at fault, not the image: ends the loop regardless of `onBroken`. */
  readonly fatal: boolean;
  readonly substitute: number | undefined;
}

/** One sample to make. */
interface Task {
  readonly epoch: SharedEpoch;
  readonly epochRng: Rng;
  /** Index in the epoch's order. */
  readonly index: number;
  readonly batch: number;
  /** Position in the batch. */
  readonly position: number;
  /** Memory for the decoder's pixels. */
  readonly into: (bytes: number) => Uint8Array;
}

/** How many of the following rows are tried in place of a broken image. */
const MAX_SUBSTITUTES = 32;

/**
 * Makes samples and writes them into the ring, several at once. There is one producer per worker thread, or a single one in
 * the main thread. A sample does not depend on the producer that makes it.
 */
export class Producer {
  readonly #settings: ProducerSettings;
  readonly #report: (report: ProducerReport) => void;
  readonly #ring: Ring;
  readonly #sample: (index: number) => Sample;
  readonly #cache: CacheReader | undefined;
  #transforms: readonly ImageTransform[];
  readonly #epochs: { epoch: SharedEpoch; rng: Rng }[] = [];
  #sleepers: (() => void)[] = [];

  constructor(settings: ProducerSettings, report: (report: ProducerReport) => void) {
    this.#settings = settings;
    this.#report = report;
    this.#ring = new Ring(settings.ring);
    this.#sample = sampleReader(settings.samples);
    this.#cache = settings.cache === undefined ? undefined : sharedCacheReader(settings.cache);
    this.#transforms = [wholeImage(settings.imageSize)];
  }

  addEpoch(epoch: SharedEpoch): void {
    const rng = Rng.fromSeed(this.#settings.seed).split('epoch', epoch.epoch);
    this.#epochs.push({ epoch, rng });
    this.wake();
  }

  /** Call when a slot became free, or the ring was closed. */
  wake(): void {
    const sleepers = this.#sleepers;
    this.#sleepers = [];
    for (const wakeUp of sleepers) wakeUp();
  }

  /** Resolves when the ring is closed or the last epoch is complete, and nothing is in flight. */
  async run(): Promise<void> {
    const { transforms, concurrency } = this.#settings;
    const loading = transforms.map((item) => (isModule(item) ? loadTransform(item) : item));
    if (loading.length > 0) this.#transforms = await Promise.all(loading);
    await Promise.all(Array.from({ length: concurrency }, () => this.#makeSamples()));
  }

  async #makeSamples(): Promise<void> {
    const { batchSize, imageLength } = this.#ring.shape;
    // This loop makes one image at a time, so a single buffer for decoded pixels is enough.
    const scratch = new Uint8Array(imageLength);
    const into = (bytes: number) => (bytes === imageLength ? scratch : new Uint8Array(bytes));
    while (!this.#ring.closed) {
      const number = this.#ring.take();
      const batch = Math.floor(number / batchSize);
      const position = number % batchSize;
      const found = await this.#epochOf(batch);
      if (found === undefined) return;
      const { epoch, rng } = found;
      const index = (batch - epoch.firstBatch) * batchSize + position;
      // An epoch's last batch may be short, so numbers after its end have no sample. If such a number waited long, its
      // epoch may be complete and dropped by now.
      if (index < 0 || index >= epoch.order.length) continue;
      while (!this.#ring.isFree(batch)) {
        await this.#sleep();
        if (this.#ring.closed) return;
      }
      await this.#make({ epoch, epochRng: rng, index, batch, position, into });
    }
  }

  async #epochOf(batch: number): Promise<{ epoch: SharedEpoch; rng: Rng } | undefined> {
    for (;;) {
      if (this.#ring.closed) return undefined;
      const newest = this.#epochs.at(-1)?.epoch;
      if (newest !== undefined && batch < newest.firstBatch + newest.steps) {
        while (isReleased(this.#epochs[0]?.epoch, this.#ring.released)) this.#epochs.shift();
        return this.#epochs.find(({ epoch }) => batch < epoch.firstBatch + epoch.steps);
      }
      if (newest?.last) return undefined;
      await this.#sleep();
    }
  }

  #sleep(): Promise<void> {
    return new Promise((resolve) => {
      this.#sleepers.push(resolve);
    });
  }

  async #make(task: Task): Promise<void> {
    const { epoch, batch, position } = task;
    const wanted = epoch.order[task.index]!;
    let row = wanted;
    let broken: BrokenReport | undefined;
    try {
      await this.#write(wanted, task, showingRng);
    } catch (error) {
      const { problem, fatal } = classifyError(error, this.#sample(wanted).id);
      const replaces = !fatal && this.#settings.onBroken === 'substitute';
      const substitute = replaces ? await this.#substitute(task) : undefined;
      row = substitute ?? -1;
      broken = { kind: 'broken', batch, position, index: wanted, problem, fatal, substitute };
    }
    if (broken !== undefined) this.#report(broken);
    const settled = this.#ring.settle(batch, position, row, broken !== undefined);
    if (settled === sizeOf(epoch, batch, this.#ring.shape.batchSize)) this.#report({ kind: 'full', batch });
  }

  /** Writes the next readable row of the epoch and returns it; undefined if there is none. */
  async #substitute(task: Task): Promise<number | undefined> {
    const { order } = task.epoch;
    const substituteRng = (epochRng: Rng, id: string) => epochRng.split(id, 'substitute', task.index);
    for (let step = 1; step <= Math.min(MAX_SUBSTITUTES, order.length - 1); step++) {
      const row = order[(task.index + step) % order.length]!;
      try {
        await this.#write(row, task, substituteRng);
        return row;
      } catch (error) {
        if (classifyError(error, '').fatal) throw error;
      }
    }
    return undefined;
  }

  async #write(
    row: number,
    { epoch, epochRng, index, batch, position, into }: Task,
    derive: (epochRng: Rng, id: string, repeat: number) => Rng,
  ): Promise<void> {
    const sample = this.#sample(row);
    // Every view draws from the same stream as it would alone.
    const rngs = this.#transforms.map(() => derive(epochRng, sample.id, epoch.repeats[index]!));
    const windows = new ViewWindows(this.#transforms, rngs);
    const image = await this.#read(row, sample, windows, into);
    const { output } = this.#settings;
    for (const [view, part] of windows.parts(image, sample.image, into)) {
      const transform = this.#transforms[view]!;
      const done = inTransform(() => transform.apply(part, rngs[view]!));
      this.#assertSize(done);
      const target = this.#ring.image(batch, position, view);
      if (output.type === 'uint8') target.set(done.data);
      else normalizeBytes(done.data, done.channels, output, target as Float32Array);
    }
  }

  async #read(
    row: number,
    { image: source }: Sample,
    windows: ViewWindows,
    into: Task['into'],
  ): Promise<Image> {
    const options = { ...this.#settings.decode, root: this.#settings.root, into };
    const wanted = windows.any ? (size: ImageSize) => inTransform(() => windows.draw(size)) : undefined;
    if (this.#cache === undefined) return decodeImage(source, { ...options, window: wanted });
    const part = wanted && ((size: ImageSize) => wanted(size) ?? wholeWindow(size));
    const { image, damaged } = await this.#cache.read(row, source, options, part);
    if (damaged !== undefined) this.#report({ kind: 'cache-damaged', index: row, shard: damaged });
    return image;
  }

  #assertSize({ width, height, channels, data }: Image): void {
    const [wantedHeight, wantedWidth] = this.#settings.imageSize;
    const { imageLength } = this.#ring.shape;
    if (width === wantedWidth && height === wantedHeight && data.length === imageLength) return;
    throw new TransformError({
      code: 'loader-image-size',
      message: 'the transform returned an image of the wrong size',
      expected: `${wantedHeight} x ${wantedWidth} x ${imageLength / (wantedHeight * wantedWidth)}`,
      got: `${height} x ${width} x ${channels}`,
      fix: 'end the transform with a resize or crop to imageSize',
    });
  }
}

/** Number of samples in a batch: the last batch of an epoch may be short. */
export function sizeOf(epoch: SharedEpoch, batch: number, batchSize: number): number {
  return Math.min(batchSize, epoch.order.length - (batch - epoch.firstBatch) * batchSize);
}

/** Whether all batches of an epoch were released, so that no sample of it is in flight. */
function isReleased(epoch: SharedEpoch | undefined, released: number): boolean {
  return epoch !== undefined && epoch.firstBatch + epoch.steps <= released;
}

/** An error of the transform, not of the image. */
class TransformError extends PodiumError {}

function inTransform<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const problem: Problem =
      error instanceof PodiumError
        ? error.problem
        : { code: 'loader-transform', message: `the transform failed (${String(error)})` };
    throw new TransformError(problem, { cause: error });
  }
}

function classifyError(error: unknown, id: string): { problem: Problem; fatal: boolean } {
  if (error instanceof PodiumError) {
    const fatal = error instanceof TransformError || error.code === 'image-window';
    const { problem } = error;
    return {
      problem: fatal ? { ...problem, path: { ...problem.path, key: `image "${id}"` } } : problem,
      fatal,
    };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    problem: { code: 'loader-failed', message: `image "${id}" failed (${text})` },
    fatal: true,
  };
}
