import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

const ROOT = resolve(import.meta.dirname, '../../../..');
/** GNU time measures a command and all its processes. */
const TIME = '/usr/bin/time';

/** The JSON output of an app command, and what it used. */
export interface AppResult<T> {
  readonly json: T;
  readonly seconds: number;
  /** Of all its processes; undefined without GNU time. */
  readonly cpuSeconds: number | undefined;
  /** Of its largest process. */
  readonly peakBytes: number | undefined;
}

/** The parts of a score that are shown. */
export interface ShownScore {
  readonly heads: readonly [
    {
      readonly head: string;
      readonly cv: { readonly estimate: number; readonly low: number; readonly high: number };
      readonly classes: readonly { readonly support: number; readonly recall: number }[];
    },
  ];
}

/** A folder of runs of the app on one competition, with a shared store. */
export class AppRuns {
  readonly #folder: string;
  readonly #common: Readonly<Record<string, unknown>>;

  constructor(folder: string, common: Readonly<Record<string, unknown>>) {
    this.#folder = resolve(folder);
    this.#common = common;
  }

  /** `podium run` with these settings and the common ones. Results in the store are not computed again. */
  async run(
    name: string,
    settings: Readonly<Record<string, unknown>>,
  ): Promise<AppResult<{ score: ShownScore; submission: string }>> {
    await mkdir(this.#folder, { recursive: true });
    const file = join(this.#folder, `${name}.yaml`);
    // JSON is YAML.
    await writeFile(
      file,
      `${JSON.stringify({ ...this.#common, report: false, ...settings }, undefined, 2)}\n`,
    );
    return await this.podium(['run', file, '--name', name]);
  }

  /** Any command, in the folder. */
  async podium<T>(args: readonly string[]): Promise<AppResult<T>> {
    const flags = [
      '--conditions=@podium/source',
      '--import',
      import.meta.resolve('tsx'),
      join(ROOT, 'apps/podium/src/main.ts'),
      ...args,
      '--json',
    ];
    const timed = existsSync(TIME);
    const used = join(this.#folder, '.used');
    const [command, all] = timed
      ? [TIME, ['-f', '%e %U %S %M', '-o', used, process.execPath, ...flags]]
      : [process.execPath, flags];
    const start = performance.now();
    const child = spawn(command, all, { cwd: this.#folder, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise<number | null>((settle, reject) => {
      child.on('error', reject);
      child.on('close', settle);
    });
    const output = await text(child.stdout);
    const code = await ended;
    if (code !== 0) throw new Error(`podium ${args.join(' ')} exited with ${code}`);
    const seconds = (performance.now() - start) / 1000;
    const json = JSON.parse(output) as T;
    if (!timed) return { json, seconds, cpuSeconds: undefined, peakBytes: undefined };
    const [, user, system, peak] = (await readFile(used, 'utf8')).trim().split(' ').map(Number);
    return {
      json,
      seconds,
      cpuSeconds: user! + system!,
      peakBytes: peak! * 1024,
    };
  }
}

/** Out-of-fold accuracy. */
export function accuracyOf({ heads: [{ classes }] }: ShownScore): number {
  const rows = classes.reduce((sum, { support }) => sum + support, 0);
  return classes.reduce((sum, { support, recall }) => sum + support * recall, 0) / rows;
}
