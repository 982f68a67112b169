import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from './report.ts';

const STEPS_PER_TURN = 4;

export interface StepResult {
  readonly milliseconds: number;
  /** Bytes. */
  readonly peakRss: number;
}

/** A process that runs steps of a mode (`train`, `infer`) on request. */
export class Contestant {
  readonly name: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(name: string, child: ChildProcessByStdio<Writable, Readable, null>) {
    this.name = name;
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** Starts the process; resolves once it has built its model. */
  static async start(name: string, command: readonly string[]): Promise<Contestant> {
    const [program, ...parameters] = command as [string, ...string[]];
    const child = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'inherit'] });
    const contestant = new Contestant(name, child);
    await contestant.#reply();
    return contestant;
  }

  /**
   * Consecutive steps, as in real use: the median of all but the first, which starts with cold caches and released memory.
   */
  async turn(mode: string): Promise<StepResult> {
    // The threads of the previous contestant spin for a while before they sleep.
    await sleep(250);
    const steps: StepResult[] = [];
    for (let step = 0; step < STEPS_PER_TURN; step++) {
      this.#child.stdin.write(`${mode}\n`);
      steps.push((await this.#reply()) as StepResult);
    }
    return {
      milliseconds: median(steps.slice(1).map(({ milliseconds }) => milliseconds)),
      peakRss: Math.max(...steps.map(({ peakRss }) => peakRss)),
    };
  }

  /** The kernels of a training step, as a table. Only for Podium's workers. */
  async profile(): Promise<string> {
    this.#child.stdin.write('profile\n');
    return ((await this.#reply()) as { table: string }).table;
  }

  stop(): void {
    this.#child.stdin.end();
    this.#child.kill();
  }

  async #reply(): Promise<unknown> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error(`the benchmark process "${this.name}" exited`);
    return JSON.parse(line.value);
  }
}
