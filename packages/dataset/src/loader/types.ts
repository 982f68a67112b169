import type { ImageTransform, Normalization, Problem } from '@podium/core';
import type { CacheOptions } from '../cache/types.ts';
import type { DecodeSettings } from '../decode/decode-image.ts';
import type { Head, ManifestRow } from '../manifest/types.ts';
import type { Sampler } from '../samplers/sampler.ts';

/** A transform as data, which a worker thread can create itself: `(await import(module))[factory](argument)`. */
export interface TransformModule {
  /** A URL, such as `import.meta.resolve('@podium/augment')` or `new URL('./mine.ts', import.meta.url).href`. */
  readonly module: string;
  /** An exported function that takes `argument` and returns an `ImageTransform`. */
  readonly factory: string;
  /** Plain JSON. */
  readonly argument?: unknown;
  /**
   * Whether its code is read again for every loader. Otherwise a thread that loaded it for another loader keeps what it has, as
   * `import` does.
   */
  readonly fresh?: boolean;
}

/** The type of the pixels in batches. */
export type PixelOutput =
  /** Bytes 0..255: a quarter of the memory. Normalize them in the tensor, or with `normalizeBytes`. */
  | { readonly type: 'uint8' }
  /** `(value / 255 - mean) / std`, computed by the workers. */
  | ({ readonly type: 'float32' } & Normalization);

export interface LoaderOptions {
  readonly rows: readonly ManifestRow[];
  /** The folder that the rows' paths are relative to. */
  readonly root: string;
  /** Heads to make targets for. Default: none. */
  readonly heads?: readonly Head[];
  readonly batchSize: number;
  /** Height and width of the images in batches: what the transform returns. */
  readonly imageSize: readonly [height: number, width: number];
  readonly seed: string | number;
  /** Default: `sequential()`. */
  readonly sampler?: Sampler;
  /**
   * Default: the whole image, resized. An `ImageTransform` is allowed only without workers, since threads cannot share
   * functions. A transform may not keep the image it gets: its memory is reused.
   */
  readonly transform?: TransformModule | ImageTransform;
  /**
   * Several transforms instead of `transform`, for test-time augmentation: each image is read and decoded once and shown in
   * several views. View v equals the image from a loader with that transform alone, except that a large JPEG is decoded at
   * full size if its views need different parts, where a single part may be decoded at reduced size.
   */
  readonly views?: readonly (TransformModule | ImageTransform)[];
  readonly decode?: DecodeSettings;
  /** A cache of images, decoded once at a working size; see `buildCache`. */
  readonly cache?: CacheOptions;
  readonly output?: PixelOutput;
  /** Drop an epoch's last batch if it is not full. Default false. */
  readonly dropLast?: boolean;
  /** Worker threads; 0 for none. Results do not depend on it. Default 2. */
  readonly workers?: number;
  /** Batches made ahead of the one in use. Default 2. */
  readonly prefetch?: number;
  /** Images being read or decoded at once, over all workers. Default 8. */
  readonly inFlight?: number;
  /** Number of epochs. Default 1. */
  readonly epochs?: number;
  /**
   * What to do with a broken image: end the loop with its error, leave its row out of the batch, or replace it by the next
   * readable row of the epoch. `onEvent` is called each time. Default `fail`.
   */
  readonly onBroken?: BrokenPolicy;
  readonly onEvent?: (event: LoaderEvent) => void;
  readonly signal?: AbortSignal;
  /** Resume from the `state()` of a loader with the same settings, even in the middle of an epoch. */
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
      /** Id of the row that replaced it. */
      readonly substitute?: string;
    }
  /** A cached image had the wrong checksum and was decoded from its file instead. */
  | { readonly kind: 'cache-damaged'; readonly id: string; readonly index: number; readonly shard: string };

/** `B` images in `V` views each, with ids, targets and weights. */
export interface Batch {
  /**
   * `[B,H,W,C]`; with `views` `[V*B,H,W,C]`: all images of the first view, then all of the second; see `splitViews`.
   * Shared memory, valid until the next batch is requested; `slice()` it to keep it. TensorFlow.js keeps the float32 or
   * int32 array of a new tensor until the tensor is first used, so use the tensor before that.
   */
  readonly images: Uint8Array | Float32Array;
  readonly shape: readonly [batch: number, height: number, width: number, channels: number];
  /** V; 1 without `views`. */
  readonly views: number;
  /** `[B]` */
  readonly ids: readonly string[];
  /**
   * Per head: class indices `[B]`, -1 without a label; or, for multi-label heads and heads with soft labels, probabilities
   * `[B,K]`, all 0 without a label.
   */
  readonly targets: Readonly<Record<string, Int32Array | Float32Array>>;
  /** `[B]` */
  readonly weights: Float32Array;
  /** `[B]`: indices into the loader's rows. */
  readonly indices: Uint32Array;
  readonly epoch: number;
  /** In the epoch, from 0. */
  readonly step: number;
  /** Steps of this epoch. */
  readonly steps: number;
}

/** The position of a loader: plain JSON. */
export interface LoaderState {
  readonly version: 1;
  /** Epoch and step of the next batch. */
  readonly epoch: number;
  readonly step: number;
  /** Hashes of the settings that must be the same to resume with the same bits, by name. */
  readonly fingerprint: Readonly<Record<string, string>>;
}

export interface LoaderStatistics {
  readonly batches: number;
  readonly images: number;
  readonly broken: number;
  /** Seconds since the first batch was requested. */
  readonly seconds: number;
  /** Seconds of these that the loop waited for batches. */
  readonly waitedSeconds: number;
  /** `waitedSeconds / seconds`. Above a few percent, data loading slows training. */
  readonly waitShare: number;
  readonly imagesPerSecond: number;
}

/** An async iterable of all batches from the current position on. Leaving the loop closes the loader. */
export interface Loader extends AsyncIterable<Batch> {
  /** The remaining batches of the current epoch. Leaving this loop early also closes the loader. */
  epoch(): AsyncIterable<Batch>;
  /** Steps of an epoch. */
  steps(epoch: number): number;
  /** The position after the last batch that was handed out. */
  state(): LoaderState;
  statistics(): LoaderStatistics;
  /** Closes the loader; resolves when its threads have ended. */
  close(): Promise<void>;
}
