import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { sourceCommand } from '../source-command.ts';
import { cpuSeconds } from './cpu-time.ts';

export interface Turn {
  /** Images per second. */
  readonly speed: number;
  /** Processor time per image, over all threads and processes, if it can be measured. */
  readonly cpuMilliseconds?: number;
  /** The share of time that the training loop waited for images. */
  readonly waitShare?: number;
  /** In bytes, without child processes. */
  readonly peakRss?: number;
}

interface Reply extends Pick<Turn, 'waitShare' | 'peakRss'> {
  /** Loaded in `seconds`. */
  readonly images: number;
  readonly seconds: number;
  /** In the whole turn. */
  readonly loaded: number;
}

/** A process that loads every image once per request. */
export class Contestant {
  readonly name: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(name: string, child: ChildProcessByStdio<Writable, Readable, null>) {
    this.name = name;
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** Starts the process; undefined if it cannot run, for example because a Python library is missing. */
  static async start(name: string, command: readonly string[]): Promise<Contestant | undefined> {
    const [program, ...parameters] = command as [string, ...string[]];
    const child = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.on('error', () => {});
    child.stdin.on('error', () => {});
    const contestant = new Contestant(name, child);
    return (await contestant.#reply()) === undefined ? undefined : contestant;
  }

  /** Loads all files once, or runs the steps of one turn. */
  async turn(): Promise<Turn> {
    await sleep(100);
    const before = cpuSeconds(this.#child.pid ?? -1);
    this.#child.stdin.write('turn\n');
    const reply = (await this.#reply()) as Reply | undefined;
    if (reply === undefined) throw new Error(`the benchmark process "${this.name}" exited`);
    const after = cpuSeconds(this.#child.pid ?? -1);
    return {
      speed: reply.images / reply.seconds,
      waitShare: reply.waitShare,
      peakRss: reply.peakRss,
      ...(before !== undefined &&
        after !== undefined && { cpuMilliseconds: (1000 * (after - before)) / reply.loaded }),
    };
  }

  stop(): void {
    this.#child.stdin.end();
    this.#child.kill();
  }

  async #reply(): Promise<unknown> {
    const line = await this.#lines.next();
    return line.done === true ? undefined : JSON.parse(line.value);
  }
}

/** The command for one of Podium's contestants: `cold`, `sharp`, `cached` or `shards`. */
export function ourCommand(
  name: string,
  recipe: string,
  folder: string,
  workers: number,
  cache: string,
): string[] {
  return sourceCommand(import.meta.dirname, 'worker.ts', name, recipe, folder, String(workers), cache);
}

/** The command for a Python contestant: `torchvision` or `albumentations`. */
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
