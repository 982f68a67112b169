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
import { wholeImage } from './default-transform.ts';
import { type EpochPlan, repeatOf } from './epoch-order.ts';
import { Ring, type SharedRing } from './ring.ts';
import { type Sample, type SharedSamples, sampleReader } from './sample-table.ts';
import { isModule, loadTransform } from './transform-module.ts';
import type { BrokenPolicy, PixelOutput, TransformModule } from './types.ts';
import { ViewWindows, wholeWindow } from './view-windows.ts';

/** All that a thread needs to make samples; goes through structured clone, unless a transform is a function. */
export interface ProducerSettings {
  readonly ring: SharedRing;
  readonly samples: SharedSamples;
  readonly cache: SharedCache | undefined;
  readonly root: string;
  readonly seed: string | number;
  readonly decode: DecodeSettings;
  readonly imageSize: readonly [height: number, width: number];
  /** One or more; none for the whole image, resized. */
  readonly transforms: readonly (TransformModule | ImageTransform)[];
  readonly output: PixelOutput;
  readonly onBroken: BrokenPolicy;
  /** Samples that this thread works on at once. */
  readonly lanes: number;
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
  /** Not the image but the transform or the machine is at fault: ends the loop whatever the settings say. */
  readonly fatal: boolean;
  readonly substitute: number | undefined;
}

/** One sample to make. */
interface Task {
  readonly plan: EpochPlan;
  readonly epochRng: Rng;
  /** In the epoch's order. */
  readonly place: number;
  readonly batch: number;
  /** In the batch. */
  readonly position: number;
  /** Where the decoder may put its pixels. */
  readonly into: (bytes: number) => Uint8Array;
}

/** A broken image's place is offered to this many rows after it. */
const SUBSTITUTES = 32;

/**
 * Makes samples and puts them into the ring, in as many lanes as there may be images in flight. One runs in each worker
 * thread, or one in the main thread; which of them makes a sample changes nothing about it.
 */
export class Producer {
  readonly #settings: ProducerSettings;
  readonly #report: (report: ProducerReport) => void;
  readonly #ring: Ring;
  readonly #sample: (index: number) => Sample;
  readonly #cache: CacheReader | undefined;
  #transforms: readonly ImageTransform[];
  readonly #plans: { plan: EpochPlan; rng: Rng }[] = [];
  #sleepers: (() => void)[] = [];

  constructor(settings: ProducerSettings, report: (report: ProducerReport) => void) {
    this.#settings = settings;
    this.#report = report;
    this.#ring = new Ring(settings.ring);
    this.#sample = sampleReader(settings.samples);
    this.#cache = settings.cache === undefined ? undefined : sharedCacheReader(settings.cache);
    this.#transforms = [wholeImage(settings.imageSize)];
  }

  addPlan(plan: EpochPlan): void {
    const rng = Rng.fromSeed(this.#settings.seed).split('epoch', plan.epoch);
    this.#plans.push({ plan, rng });
    this.wake();
  }

  /** To be called when a place became free, or the ring was closed. */
  wake(): void {
    const sleepers = this.#sleepers;
    this.#sleepers = [];
    for (const wakeUp of sleepers) wakeUp();
  }

  /** Resolves when the ring is closed or the last epoch is made, and nothing is in flight any more. */
  async run(): Promise<void> {
    const { transforms, lanes } = this.#settings;
    const made = transforms.map((each) => (isModule(each) ? loadTransform(each) : each));
    if (made.length > 0) this.#transforms = await Promise.all(made);
    await Promise.all(Array.from({ length: lanes }, () => this.#lane()));
  }

  async #lane(): Promise<void> {
    const { batchSize, imageLength } = this.#ring.shape;
    // One image is worked on at a time here, so one place for what the decoder makes of it serves for all.
    const scratch = new Uint8Array(imageLength);
    const into = (bytes: number) => (bytes === imageLength ? scratch : new Uint8Array(bytes));
    while (!this.#ring.closed) {
      const number = this.#ring.take();
      const batch = Math.floor(number / batchSize);
      const position = number % batchSize;
      const epoch = await this.#epochOf(batch);
      if (epoch === undefined) return;
      const { plan, rng } = epoch;
      const place = (batch - plan.firstBatch) * batchSize + position;
      // The last batch of an epoch may be short; the numbers behind its end stand for nothing. Where one was taken last
      // thing, that whole epoch may be over and forgotten by now.
      if (place < 0 || place >= plan.order.length) continue;
      while (!this.#ring.isFree(batch)) {
        await this.#sleep();
        if (this.#ring.closed) return;
      }
      await this.#make({ plan, epochRng: rng, place, batch, position, into });
    }
  }

  async #epochOf(batch: number): Promise<{ plan: EpochPlan; rng: Rng } | undefined> {
    for (;;) {
      if (this.#ring.closed) return undefined;
      const newest = this.#plans.at(-1)?.plan;
      if (newest !== undefined && batch < newest.firstBatch + newest.steps) {
        while (isOver(this.#plans[0]?.plan, this.#ring.released)) this.#plans.shift();
        return this.#plans.find(({ plan }) => batch < plan.firstBatch + plan.steps);
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
    const { plan, place, batch, position } = task;
    const index = plan.order[place]!;
    let row = index;
    let broken: BrokenReport | undefined;
    try {
      await this.#write(index, task, repeatOf);
    } catch (error) {
      const { problem, fatal } = judge(error, this.#sample(index).id);
      const replaces = !fatal && this.#settings.onBroken === 'substitute';
      const substitute = replaces ? await this.#substitute(task) : undefined;
      row = substitute ?? -1;
      broken = { kind: 'broken', batch, position, index, problem, fatal, substitute };
    }
    if (broken !== undefined) this.#report(broken);
    const settled = this.#ring.settle(batch, position, row, broken !== undefined);
    if (settled === sizeOf(plan, batch, this.#ring.shape.batchSize)) this.#report({ kind: 'full', batch });
  }

  /** Looks along the epoch's order for a row that can be read, and puts it in; undefined where none was found. */
  async #substitute(task: Task): Promise<number | undefined> {
    const { order } = task.plan;
    const stand = (epochRng: Rng, id: string) => epochRng.split(id, 'substitute', task.place);
    for (let step = 1; step <= Math.min(SUBSTITUTES, order.length - 1); step++) {
      const index = order[(task.place + step) % order.length]!;
      try {
        await this.#write(index, task, stand);
        return index;
      } catch (error) {
        if (judge(error, '').fatal) throw error;
      }
    }
    return undefined;
  }

  async #write(
    index: number,
    { plan, epochRng, place, batch, position, into }: Task,
    derive: (epochRng: Rng, id: string, repeat: number) => Rng,
  ): Promise<void> {
    const sample = this.#sample(index);
    // Each view draws as it would alone.
    const rngs = this.#transforms.map(() => derive(epochRng, sample.id, plan.repeats[place]!));
    const windows = new ViewWindows(this.#transforms, rngs);
    const image = await this.#read(index, sample, windows, into);
    const { output } = this.#settings;
    for (const [view, part] of windows.parts(image, sample.image, into)) {
      const transform = this.#transforms[view]!;
      const done = inTransform(() => transform.apply(part, rngs[view]!));
      this.#check(done);
      const target = this.#ring.image(batch, position, view);
      if (output.type === 'uint8') target.set(done.data);
      else normalizeBytes(done.data, done.channels, output, target as Float32Array);
    }
  }

  async #read(
    index: number,
    { image: source }: Sample,
    windows: ViewWindows,
    into: Task['into'],
  ): Promise<Image> {
    const options = { ...this.#settings.decode, root: this.#settings.root, into };
    const wanted = windows.any ? (size: ImageSize) => inTransform(() => windows.draw(size)) : undefined;
    if (this.#cache === undefined) return decodeImage(source, { ...options, window: wanted });
    const part = wanted && ((size: ImageSize) => wanted(size) ?? wholeWindow(size));
    const { image, damaged } = await this.#cache.read(index, source, options, part);
    if (damaged !== undefined) this.#report({ kind: 'cache-damaged', index, shard: damaged });
    return image;
  }

  #check({ width, height, channels, data }: Image): void {
    const [wantedHeight, wantedWidth] = this.#settings.imageSize;
    const { imageLength } = this.#ring.shape;
    if (width === wantedWidth && height === wantedHeight && data.length === imageLength) return;
    throw new TransformError({
      code: 'loader-image-size',
      message: 'the transform made an image of another size than the batches have',
      expected: `${wantedHeight} x ${wantedWidth} x ${imageLength / (wantedHeight * wantedWidth)}`,
      got: `${height} x ${width} x ${channels}`,
      fix: 'let the transform end with a resize or a crop to imageSize',
    });
  }
}

/** Samples in a batch: fewer in an epoch's last. */
export function sizeOf(plan: EpochPlan, batch: number, batchSize: number): number {
  return Math.min(batchSize, plan.order.length - (batch - plan.firstBatch) * batchSize);
}

/** Whether all of an epoch was handed out, so that no lane can be busy with it. */
function isOver(plan: EpochPlan | undefined, released: number): boolean {
  return plan !== undefined && plan.firstBatch + plan.steps <= released;
}

/** An error that is not the image's. */
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

function judge(error: unknown, id: string): { problem: Problem; fatal: boolean } {
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
    problem: { code: 'loader-failed', message: `image "${id}" could not be made (${text})` },
    fatal: true,
  };
}
