import type { ImageTransform, Normalization, Problem } from '@podium/core';
import type { CacheOptions } from '../cache/types.ts';
import type { DecodeSettings } from '../decode/decode-image.ts';
import type { Head, ManifestRow } from '../manifest/types.ts';
import type { Sampler } from '../samplers/sampler.ts';

/** A transform as data, so that a worker thread can make its own: `(await import(module))[factory](argument)`. */
export interface TransformModule {
  /** A URL; make it with `import.meta.resolve('@podium/augment')`, or `new URL('./mine.ts', import.meta.url).href`. */
  readonly module: string;
  /** Name of an exported function that takes `argument` and returns an `ImageTransform`. */
  readonly factory: string;
  /** Plain JSON. */
  readonly argument?: unknown;
}

/** What becomes of the pixels at the end. */
export type PixelOutput =
  /** Bytes 0..255, a quarter of the memory; whoever makes a tensor of them can normalize it. */
  | { readonly type: 'uint8' }
  /** `(value / 255 - mean) / std`, computed by the workers. */
  | ({ readonly type: 'float32' } & Normalization);

export interface LoaderOptions {
  readonly rows: readonly ManifestRow[];
  /** The folder that the rows' paths are relative to. */
  readonly root: string;
  /** What to make targets of; none by default. */
  readonly heads?: readonly Head[];
  readonly batchSize: number;
  /** Height and width of every image in a batch: what the transform ends with. */
  readonly imageSize: readonly [height: number, width: number];
  readonly seed: string | number;
  /** Default: `sequential()`. */
  readonly sampler?: Sampler;
  /**
   * Default: the whole image, resized. An `ImageTransform` itself only without workers, since threads share no functions.
   * It may not keep the image that it is given, whose memory is used again.
   */
  readonly transform?: TransformModule | ImageTransform;
  /**
   * Instead of `transform`: several, so that each image is read and decoded once and shown in as many views, for
   * test-time augmentation. View v of an image is what a loader with that transform alone would make of it; only a large
   * JPEG of which views want different parts is unpacked at its full size, where one alone may be shrunk on the way.
   */
  readonly views?: readonly (TransformModule | ImageTransform)[];
  readonly decode?: DecodeSettings;
  /** Images come from here, decoded once at a working size. */
  readonly cache?: CacheOptions;
  readonly output?: PixelOutput;
  /** Leave out an epoch's last batch where it is not full. Default false. */
  readonly dropLast?: boolean;
  /** Threads for the pixel work; 0 does it in this one. Results do not depend on it. Default 2. */
  readonly workers?: number;
  /** Batches made ahead of the one in use. Default 2. */
  readonly prefetch?: number;
  /** Images being read or decoded at once, over all workers. Default 8. */
  readonly inFlight?: number;
  /** Epochs to go through, counted from 0. Default 1. */
  readonly epochs?: number;
  /**
   * What a broken image does: end the loop with its error, leave its row out of the batch, or put the next readable row of
   * the epoch in its place. It is told to `onEvent` each time. Default `fail`.
   */
  readonly onBroken?: BrokenPolicy;
  readonly onEvent?: (event: LoaderEvent) => void;
  readonly signal?: AbortSignal;
  /** Go on where `loader.state()` of a loader with the same settings was taken. */
  readonly state?: LoaderState;
}

export type BrokenPolicy = 'fail' | 'skip' | 'substitute';

export type LoaderEvent =
  | {
      readonly kind: 'broken-image';
      readonly id: string;
      /** Index into `rows`. */
      readonly index: number;
      readonly epoch: number;
      readonly step: number;
      readonly problem: Problem;
      readonly handled: 'failed' | 'skipped' | 'substituted';
      /** Id of the row that took its place. */
      readonly substitute?: string;
    }
  /** A cached image did not have its checksum and was decoded again from its file. */
  | { readonly kind: 'cache-damaged'; readonly id: string; readonly index: number; readonly shard: string };

/** `B` images, in `V` views each, with what is known of them. */
export interface Batch {
  /**
   * `[B,H,W,C]`; with `views` `[V*B,H,W,C]`, all images of the first view, then all of the second: see `splitViews`.
   * Shared memory that the loader uses again: valid until the next batch is asked for; `slice()` it to keep it.
   * TensorFlow.js keeps a float32 or int32 array that a tensor is made of until the tensor is first used: use it before.
   */
  readonly images: Uint8Array | Float32Array;
  readonly shape: readonly [batch: number, height: number, width: number, channels: number];
  /** V, 1 unless there are `views`. */
  readonly views: number;
  /** `[B]` */
  readonly ids: readonly string[];
  /**
   * By head: class indices `[B]`, -1 where there is no label; or, for multi-label heads and heads with soft labels,
   * probabilities `[B,K]`, all 0 where there is no label.
   */
  readonly targets: Readonly<Record<string, Int32Array | Float32Array>>;
  /** `[B]` */
  readonly weights: Float32Array;
  /** `[B]`, into the loader's rows. */
  readonly indices: Uint32Array;
  readonly epoch: number;
  /** Within the epoch, from 0. */
  readonly step: number;
  /** Steps of this epoch. */
  readonly steps: number;
}

/** Where a loader is: plain JSON. */
export interface LoaderState {
  readonly version: 1;
  /** Of the next batch. */
  readonly epoch: number;
  readonly step: number;
  /** Hashes of what must be the same to go on with the same bits, by the setting's name. */
  readonly made: Readonly<Record<string, string>>;
}

export interface LoaderStatistics {
  readonly batches: number;
  readonly images: number;
  readonly broken: number;
  /** Seconds since the first batch was asked for. */
  readonly seconds: number;
  /** Of these, seconds that the loop stood waiting for a batch. */
  readonly waitedSeconds: number;
  /** `waitedSeconds / seconds`: above a few per cent, data is what holds training up. */
  readonly waitShare: number;
  readonly imagesPerSecond: number;
}

/** An async iterable over all batches from the current position on; leaving the loop ends its threads. */
export interface Loader extends AsyncIterable<Batch> {
  /** The batches that are left of the current epoch; leaving this loop early ends the loader's threads as well. */
  epoch(): AsyncIterable<Batch>;
  /** Steps of an epoch. */
  steps(epoch: number): number;
  /** To go on after the last batch that was handed out. */
  state(): LoaderState;
  statistics(): LoaderStatistics;
  /** Ends the threads; resolves when they are gone. */
  close(): Promise<void>;
}
