import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from './report.ts';

const STEPS_A_TURN = 4;

export interface StepResult {
  readonly milliseconds: number;
  /** Bytes. */
  readonly peakRss: number;
}

/** A process that does steps of a kind (`train`, `infer`) when it is told to. */
export class Contestant {
  readonly name: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(name: string, child: ChildProcessByStdio<Writable, Readable, null>) {
    this.name = name;
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** Starts one; resolves when it has built its model. */
  static async start(name: string, command: readonly string[]): Promise<Contestant> {
    const [program, ...parameters] = command as [string, ...string[]];
    const child = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'inherit'] });
    const contestant = new Contestant(name, child);
    await contestant.#answer();
    return contestant;
  }

  /**
   * A few steps in a row, as they come in real use: the median of all but the first, which finds caches cold and memory
   * given back after waiting for its turn.
   */
  async turn(mode: string): Promise<StepResult> {
    // A rest, so that threads of the one before, which wait in a loop for a while, are asleep.
    await sleep(250);
    const steps: StepResult[] = [];
    for (let step = 0; step < STEPS_A_TURN; step++) {
      this.#child.stdin.write(`${mode}\n`);
      steps.push((await this.#answer()) as StepResult);
    }
    return {
      milliseconds: median(steps.slice(1).map(({ milliseconds }) => milliseconds)),
      peakRss: Math.max(...steps.map(({ peakRss }) => peakRss)),
    };
  }

  /** A training step's kernels, as a table. Only for ours. */
  async profile(): Promise<string> {
    this.#child.stdin.write('profile\n');
    return ((await this.#answer()) as { table: string }).table;
  }

  stop(): void {
    this.#child.stdin.end();
    this.#child.kill();
  }

  async #answer(): Promise<unknown> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error(`the benchmark's process "${this.name}" ended`);
    return JSON.parse(line.value);
  }
}
