import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Pixels that all threads of a process decode at the same time. Photos never wait: a core has room for one of 32 megapixels.
 * Several images near the limit of size, which a file of 12 kB can be, wait for each other instead of filling the memory.
 */
export const PIXEL_BUDGET: number = Math.max(100e6, 32e6 * availableParallelism());

/** In milliseconds. An image that waits is one of many millions of pixels, whose decoding takes longer. */
const POLL = 5;
/** A thread that crashed gives nothing back: after this time without a change, an image no longer waits. In milliseconds. */
const MAX_WAIT = 60_000;

let used = new Int32Array(new SharedArrayBuffer(4));

/** What this thread counts in, for {@link shareBudget} in another one. */
export function sharedBudget(): Int32Array<SharedArrayBuffer> {
  return used;
}

/** Counts in what another thread counts in. */
export function shareBudget(shared: Int32Array<SharedArrayBuffer>): void {
  used = shared;
}

/**
 * Decodes as soon as the budget has room for so many pixels; an image that is larger than the budget, once nothing else is
 * decoded. Must not be nested.
 */
export async function withPixels<T>(pixels: number, decode: () => Promise<T>): Promise<T> {
  const counter = used;
  const claim = Math.ceil(Math.min(Math.max(pixels, 1), PIXEL_BUDGET));
  await claimed(counter, claim);
  try {
    return await decode();
  } finally {
    Atomics.sub(counter, 0, claim);
  }
}

async function claimed(counter: Int32Array, claim: number): Promise<void> {
  let [before, waited] = [Atomics.load(counter, 0), 0];
  for (;;) {
    const now = Atomics.load(counter, 0);
    if (now + claim <= PIXEL_BUDGET || waited >= MAX_WAIT) {
      if (Atomics.compareExchange(counter, 0, now, now + claim) === now) return;
      continue;
    }
    waited = now === before ? waited + POLL : 0;
    before = now;
    // Atomics.waitAsync would not keep the process alive.
    await sleep(POLL);
  }
}
