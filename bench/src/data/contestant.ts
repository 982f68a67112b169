import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds } from './cpu-time.ts';

export interface Turn {
  /** Images a second. */
  readonly speed: number;
  /** Processor time an image, over all threads and processes; only where it can be known. */
  readonly cpuMilliseconds?: number;
  /** Of the time, the part that a training loop stood waiting for images. */
  readonly waitShare?: number;
  /** Of the process, without its children, in bytes. */
  readonly peakRss?: number;
}

interface Answer extends Pick<Turn, 'waitShare' | 'peakRss'> {
  /** Whose time `seconds` is. */
  readonly images: number;
  readonly seconds: number;
  /** All of this turn. */
  readonly loaded: number;
}

/** A process that loads every image once when it is told to. */
export class Contestant {
  readonly name: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(name: string, child: ChildProcessByStdio<Writable, Readable, null>) {
    this.name = name;
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** Starts one; undefined where it cannot run, a library of Python's being missing, say. */
  static async start(name: string, command: readonly string[]): Promise<Contestant | undefined> {
    const [program, ...parameters] = command as [string, ...string[]];
    const child = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.on('error', () => {});
    child.stdin.on('error', () => {});
    const contestant = new Contestant(name, child);
    return (await contestant.#answer()) === undefined ? undefined : contestant;
  }

  /** Loads all files once, or does as many steps as a turn has. */
  async turn(): Promise<Turn> {
    await sleep(100);
    const before = cpuSeconds(this.#child.pid ?? -1);
    this.#child.stdin.write('turn\n');
    const answer = (await this.#answer()) as Answer | undefined;
    if (answer === undefined) throw new Error(`the benchmark's process "${this.name}" ended`);
    const after = cpuSeconds(this.#child.pid ?? -1);
    return {
      speed: answer.images / answer.seconds,
      waitShare: answer.waitShare,
      peakRss: answer.peakRss,
      ...(before !== undefined &&
        after !== undefined && { cpuMilliseconds: (1000 * (after - before)) / answer.loaded }),
    };
  }

  stop(): void {
    this.#child.stdin.end();
    this.#child.kill();
  }

  async #answer(): Promise<unknown> {
    const line = await this.#lines.next();
    return line.done === true ? undefined : JSON.parse(line.value);
  }
}

/** The command of one of ours: `cold`, `cached` or `shards`. */
export function ourCommand(
  name: string,
  recipe: string,
  folder: string,
  workers: number,
  cache: string,
): string[] {
  const node = [process.execPath, '--conditions=@podium/source', '--import', 'tsx'];
  return [...node, join(import.meta.dirname, 'worker.ts'), name, recipe, folder, String(workers), cache];
}

/** The command of one of Python's: `torchvision` or `albumentations`. */
export function peerCommand(
  python: string,
  name: string,
  recipe: string,
  folder: string,
  workers: number,
  batch: number,
): string[] {
  return [python, join(import.meta.dirname, 'peer.py'), name, recipe, folder, String(workers), String(batch)];
}
