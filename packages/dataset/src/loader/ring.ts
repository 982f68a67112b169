import { PodiumError } from '@podium/core';

/*
 * The memory that the loader and its workers share: a ring of places for batches, and counters that say who may do
 * what. Workers take samples by a counter and write them straight into their batch's place, so they go on while the main
 * thread computes; only what has to wait (a place to become free, a batch to become full) goes through messages.
 */

/** Shapes of the ring; plain data for workers. */
export interface RingShape {
  /** Places for batches: those made ahead and the one in use. */
  readonly places: number;
  readonly batchSize: number;
  /** Images that are made of each. */
  readonly views: number;
  /** Values of one image, `H * W * C`. */
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
const PER_PLACE = 2;

export function createRing(shape: RingShape): SharedRing {
  const { places, batchSize, views, imageLength, type } = shape;
  const bytes = views * batchSize * imageLength * (type === 'float32' ? 4 : 1);
  try {
    return allocate(shape, bytes);
  } catch (error) {
    throw new PodiumError(
      {
        code: 'loader-memory',
        message: 'there is no memory for the batches',
        expected: `${places} times ${bytes} bytes`,
        fix: 'lower batchSize or prefetch, use output uint8, or fewer views',
      },
      { cause: error },
    );
  }
}

function allocate(shape: RingShape, bytes: number): SharedRing {
  const { places, batchSize } = shape;
  return {
    ...shape,
    counters: new SharedArrayBuffer(8),
    state: new SharedArrayBuffer(4 * (HEAD + PER_PLACE * places)),
    chosen: new SharedArrayBuffer(4 * places * batchSize),
    pixels: Array.from({ length: places }, () => new SharedArrayBuffer(bytes)),
  };
}

/** One thread's view of the ring. Batches are numbered from the loader's start on, over all epochs. */
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

  /** Takes the next sample: its number over all batches, `batch * batchSize + position`. */
  take(): number {
    return Number(Atomics.add(this.#next, 0, 1n));
  }

  /** Whether the batch's place is no longer used by the batch before it there. */
  isFree(batch: number): boolean {
    return batch < this.released + this.shape.places;
  }

  /** Batches that were handed out and are no longer in use. */
  get released(): number {
    return Atomics.load(this.#state, RELEASED);
  }

  get closed(): boolean {
    return Atomics.load(this.#state, CLOSED) === 1;
  }

  close(): void {
    Atomics.store(this.#state, CLOSED, 1);
  }

  /** Where the values of one view of an image go. */
  image(batch: number, position: number, view: number): Uint8Array | Float32Array {
    const { batchSize, imageLength } = this.shape;
    const start = (view * batchSize + position) * imageLength;
    return this.images(batch).subarray(start, start + imageLength);
  }

  /** View after view, each of `batchSize` images. */
  images(batch: number): Uint8Array | Float32Array {
    return this.#pixels[batch % this.shape.places]!;
  }

  /** Says which row is at a position, -1 for none, and returns how many positions of the batch are settled now. */
  settle(batch: number, position: number, row: number, broken: boolean): number {
    const place = batch % this.shape.places;
    this.#chosen[place * this.shape.batchSize + position] = row;
    if (broken) Atomics.add(this.#state, HEAD + PER_PLACE * place + 1, 1);
    return Atomics.add(this.#state, HEAD + PER_PLACE * place, 1) + 1;
  }

  settled(batch: number): { count: number; broken: number } {
    const at = HEAD + PER_PLACE * (batch % this.shape.places);
    return { count: Atomics.load(this.#state, at), broken: Atomics.load(this.#state, at + 1) };
  }

  /** The rows of a settled batch, by position. */
  rows(batch: number): Int32Array {
    const { places, batchSize } = this.shape;
    const start = (batch % places) * batchSize;
    return this.#chosen.subarray(start, start + batchSize);
  }

  /** Gives the oldest batch's place to the batch that comes next there. */
  release(batch: number): void {
    const at = HEAD + PER_PLACE * (batch % this.shape.places);
    Atomics.store(this.#state, at, 0);
    Atomics.store(this.#state, at + 1, 0);
    Atomics.add(this.#state, RELEASED, 1);
  }
}
