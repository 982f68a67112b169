import { PodiumError } from '@podium/core';

/*
 * Memory shared by the loader and its workers: a ring of slots for batches, and counters that coordinate access. Workers
 * take samples from a counter and write them straight into their batch's slot, so they continue while the main thread
 * computes. Only waiting (for a free slot or a full batch) goes through messages.
 */

/** Shapes of the ring; plain data for workers. */
export interface RingShape {
  /** Slots for batches: those made ahead and the one in use. */
  readonly slots: number;
  readonly batchSize: number;
  /** Views per image. */
  readonly views: number;
  /** Values per image, `H * W * C`. */
  readonly imageLength: number;
  readonly type: 'uint8' | 'float32';
}

export interface SharedRing extends RingShape {
  readonly counters: SharedArrayBuffer;
  readonly state: SharedArrayBuffer;
  readonly chosen: SharedArrayBuffer;
  readonly pixels: readonly SharedArrayBuffer[];
}

const RELEASED = 0;
const CLOSED = 1;
const HEAD = 2;
const PER_SLOT = 2;

/** @throws PodiumError `loader-memory` */
export function createRing(shape: RingShape): SharedRing {
  const { slots, batchSize, views, imageLength, type } = shape;
  const bytes = views * batchSize * imageLength * (type === 'float32' ? 4 : 1);
  try {
    return allocate(shape, bytes);
  } catch (error) {
    throw new PodiumError(
      {
        code: 'loader-memory',
        message: 'not enough memory for the batches',
        expected: `${slots} times ${bytes} bytes`,
        fix: 'lower batchSize or prefetch, use uint8 output, or fewer views',
      },
      { cause: error },
    );
  }
}

function allocate(shape: RingShape, bytes: number): SharedRing {
  const { slots, batchSize } = shape;
  return {
    ...shape,
    counters: new SharedArrayBuffer(8),
    state: new SharedArrayBuffer(4 * (HEAD + PER_SLOT * slots)),
    chosen: new SharedArrayBuffer(4 * slots * batchSize),
    pixels: Array.from({ length: slots }, () => new SharedArrayBuffer(bytes)),
  };
}

/** One thread's view of the ring. Batches are numbered from the loader's start, over all epochs. */
export class Ring {
  readonly shape: RingShape;
  readonly #next: BigInt64Array;
  readonly #state: Int32Array;
  readonly #chosen: Int32Array;
  readonly #pixels: readonly (Uint8Array | Float32Array)[];

  constructor(shared: SharedRing) {
    this.shape = shared;
    this.#next = new BigInt64Array(shared.counters);
    this.#state = new Int32Array(shared.state);
    this.#chosen = new Int32Array(shared.chosen);
    this.#pixels = shared.pixels.map((buffer) =>
      shared.type === 'float32' ? new Float32Array(buffer) : new Uint8Array(buffer),
    );
  }

  /** Takes the next sample and returns its number over all batches, `batch * batchSize + position`. */
  take(): number {
    return Number(Atomics.add(this.#next, 0, 1n));
  }

  /** Whether the batch's slot is free: the previous batch in it was released. */
  isFree(batch: number): boolean {
    return batch < this.released + this.shape.slots;
  }

  /** Number of batches that were handed out and released. */
  get released(): number {
    return Atomics.load(this.#state, RELEASED);
  }

  get closed(): boolean {
    return Atomics.load(this.#state, CLOSED) === 1;
  }

  close(): void {
    Atomics.store(this.#state, CLOSED, 1);
  }

  /** The values of one view of an image. */
  image(batch: number, position: number, view: number): Uint8Array | Float32Array {
    const { batchSize, imageLength } = this.shape;
    const start = (view * batchSize + position) * imageLength;
    return this.images(batch).subarray(start, start + imageLength);
  }

  /** View after view, each of `batchSize` images. */
  images(batch: number): Uint8Array | Float32Array {
    return this.#pixels[batch % this.shape.slots]!;
  }

  /** Sets the row at a position, -1 for none, and returns how many positions of the batch are settled. */
  settle(batch: number, position: number, row: number, broken: boolean): number {
    const slot = batch % this.shape.slots;
    this.#chosen[slot * this.shape.batchSize + position] = row;
    if (broken) Atomics.add(this.#state, HEAD + PER_SLOT * slot + 1, 1);
    return Atomics.add(this.#state, HEAD + PER_SLOT * slot, 1) + 1;
  }

  settled(batch: number): { count: number; broken: number } {
    const at = HEAD + PER_SLOT * (batch % this.shape.slots);
    return { count: Atomics.load(this.#state, at), broken: Atomics.load(this.#state, at + 1) };
  }

  /** The rows of a settled batch, by position. */
  rows(batch: number): Int32Array {
    const { slots, batchSize } = this.shape;
    const start = (batch % slots) * batchSize;
    return this.#chosen.subarray(start, start + batchSize);
  }

  /** Frees the slot of the oldest batch. */
  release(batch: number): void {
    const at = HEAD + PER_SLOT * (batch % this.shape.slots);
    Atomics.store(this.#state, at, 0);
    Atomics.store(this.#state, at + 1, 0);
    Atomics.add(this.#state, RELEASED, 1);
  }
}
