import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { measuredProcess, type Used } from './measured-process.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');

/** The JSON output of an app command, and what it used. */
export interface AppResult<T> extends Used {
  readonly json: T;
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
    const { output, ...used } = await measuredProcess([process.execPath, ...flags], { cwd: this.#folder });
    return { json: JSON.parse(output) as T, ...used };
  }
}

/** Out-of-fold accuracy. */
export function accuracyOf({ heads: [{ classes }] }: ShownScore): number {
  const rows = classes.reduce((sum, { support }) => sum + support, 0);
  return classes.reduce((sum, { support, recall }) => sum + support * recall, 0) / rows;
}
