import { availableParallelism, totalmem } from 'node:os';
import type { Needs } from '../stage/stage.ts';

/** What a machine, or the part of it that this process may use, has. */
export interface Capacity {
  readonly cores: number;
  readonly memoryBytes: number;
}

const DEFAULT_MEMORY = 256 << 20;
/** The rest is the system's, and this process's. */
const USABLE = 0.8;

/** Cores and memory of this machine, or of the container that limits them. */
export function machineCapacity(): Capacity {
  // 0 or more than there is where nothing limits it.
  const limit = process.constrainedMemory();
  const memory = limit > 0 && limit < totalmem() ? limit : totalmem();
  return { cores: availableParallelism(), memoryBytes: Math.floor(memory * USABLE) };
}

/**
 * Lets jobs in while cores and memory last, strictly in the order they came: a large job is not overtaken for ever by
 * small ones. One that needs more than there is gets the whole machine to itself.
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

  /** Resolves with the way out when there is room; rejects with the signal's reason when it fires before. */
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
