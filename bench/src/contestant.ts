import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Budget } from './limits.ts';
import { median } from './report.ts';

const STEPS_PER_TURN = 4;

export interface StepResult {
  readonly milliseconds: number;
  /** Bytes. */
  readonly peakRss: number;
}

/** Results by contestant and mode, one per round. */
export type Results = ReadonlyMap<string, ReadonlyMap<string, readonly StepResult[]>>;

/**
 * Starts a process per command, and lets them take turns in each mode: a round to warm up, then up to `rounds`, at least one,
 * while there is time.
 *
 * @param runs whether a contestant takes part in a mode; default: all do
 */
export async function race(
  commands: ReadonlyMap<string, readonly string[]>,
  modes: readonly string[],
  options: {
    readonly rounds: number;
    readonly budget: Budget;
    readonly runs?: (name: string, mode: string) => boolean;
  },
): Promise<Results> {
  const { rounds, budget, runs = () => true } = options;
  const contestants: Contestant[] = [];
  try {
    for (const [name, command] of commands) contestants.push(await Contestant.start(name, command));
    const results = new Map(contestants.map(({ name }) => [name, new Map<string, StepResult[]>()]));
    for (const [m, mode] of modes.entries()) {
      const share = budget.share(modes.length - m);
      for (const round of share.rounds(rounds)) {
        for (const contestant of contestants) {
          if (!runs(contestant.name, mode)) continue;
          const result = await contestant.turn(mode);
          if (round < 0) continue;
          const byMode = results.get(contestant.name)!;
          byMode.set(mode, [...(byMode.get(mode) ?? []), result]);
        }
      }
    }
    return results;
  } finally {
    for (const contestant of contestants) contestant.stop();
  }
}

/** Milliseconds of each round. */
export function timesOf(results: Results, name: string, mode: string): number[] {
  return (results.get(name)?.get(mode) ?? []).map(({ milliseconds }) => milliseconds);
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
  static async start(
    name: string,
    command: readonly string[],
    env: NodeJS.ProcessEnv = process.env,
  ): Promise<Contestant> {
    const [program, ...parameters] = command as [string, ...string[]];
    const child = spawn(program, parameters, { env, stdio: ['pipe', 'pipe', 'inherit'] });
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
      steps.push((await this.ask(mode)) as StepResult);
    }
    return {
      milliseconds: median(steps.slice(1).map(({ milliseconds }) => milliseconds)),
      peakRss: Math.max(...steps.map(({ peakRss }) => peakRss)),
    };
  }

  /** Sends one request that the process knows, and returns its reply. */
  async ask(request: string): Promise<unknown> {
    this.#child.stdin.write(`${request}\n`);
    return await this.#reply();
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
