import { availableParallelism, totalmem } from 'node:os';
import type { Needs } from '../stage/stage.ts';

/** Resources of a machine, or of the part that this process may use. */
export interface Capacity {
  readonly cores: number;
  readonly memoryBytes: number;
}

const DEFAULT_MEMORY = 256 << 20;
/** The rest is for the system and this process. */
const USABLE = 0.8;

/** Cores and memory of this machine, or of the container if that has less. */
export function machineCapacity(): Capacity {
  // Without a limit this is 0, or more than the machine has.
  const limit = process.constrainedMemory();
  const memory = limit > 0 && limit < totalmem() ? limit : totalmem();
  return { cores: availableParallelism(), memoryBytes: Math.floor(memory * USABLE) };
}

/**
 * Admits jobs while cores and memory last, strictly in order of arrival, so that small jobs cannot starve a large one.
 * A job that needs more than there is gets the whole machine.
 */
export class Admission {
  readonly #capacity: Capacity;
  #cores: number;
  #memory: number;
  readonly #queue: { readonly cores: number; readonly memory: number; readonly enter: () => void }[] = [];

  constructor(capacity: Capacity) {
    this.#capacity = capacity;
    this.#cores = capacity.cores;
    this.#memory = capacity.memoryBytes;
  }

  /**
   * Waits for room; resolves with a function that frees it again. Rejects with the signal's reason if aborted first.
   */
  enter({ cores = 1, memoryBytes = DEFAULT_MEMORY }: Needs, signal: AbortSignal): Promise<() => void> {
    const wanted = {
      cores: cores === 'all' ? this.#capacity.cores : Math.min(cores, this.#capacity.cores),
      memory: Math.min(memoryBytes, this.#capacity.memoryBytes),
    };
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const giveUp = (): void => {
        this.#queue.splice(this.#queue.indexOf(waiting), 1);
        reject(signal.reason);
        this.#admit();
      };
      const waiting = {
        ...wanted,
        enter: () => {
          signal.removeEventListener('abort', giveUp);
          resolve(once(() => this.#leave(wanted)));
        },
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#queue.push(waiting);
      this.#admit();
    });
  }

  #leave({ cores, memory }: { readonly cores: number; readonly memory: number }): void {
    this.#cores += cores;
    this.#memory += memory;
    this.#admit();
  }

  #admit(): void {
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      if (first.cores > this.#cores || first.memory > this.#memory) return;
      this.#cores -= first.cores;
      this.#memory -= first.memory;
      this.#queue.shift();
      first.enter();
    }
  }
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}
