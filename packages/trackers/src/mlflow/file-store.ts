import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { appendToFile, hashBytes, inFolder, readText, writeFileAtomic } from '@podium/core';
import { parse, stringify } from 'yaml';
import { isFolder } from '../file-names.ts';
import type { Ending, LoggedImage, Point, Tracker, Training, TrainingLog } from '../tracker.ts';
import { KEY_TAG, mlflowKey, parametersOf } from './names.ts';

/*
 * MLflow's file store, as mlflow/store/tracking/file_store.py reads it: a folder per experiment, a folder per run in it, and
 * in that a file per metric, parameter and tag.
 */

/** `RunStatus` of MLflow's protobuf. */
const STATUS = { running: 1, finished: 3, failed: 4, stopped: 5 } as const;

export function fileStore(
  root: string,
  { experiment, now }: { readonly experiment: string | undefined; readonly now: () => number },
): Tracker {
  return {
    name: 'mlflow',
    has: async (training) =>
      isFolder(join(root, await experimentId(root, experiment ?? training.competition), runId(training))),
    open: async (training) => {
      const name = experiment ?? training.competition;
      const id = await experimentId(root, name);
      await makeExperiment(root, { id, name, now });
      const run = new FileRun({ root, experiment: id, training, now });
      await run.begin();
      return run;
    },
  };
}

/** MLflow takes 32 hexadecimal digits, as of a UUID. */
function runId({ key }: Training): string {
  return key.slice(0, 32);
}

/** The experiment that has this name, or the id of a new one. */
async function experimentId(root: string, name: string): Promise<string> {
  for (const id of await readdir(root).catch(() => [])) {
    const text = await readText(join(root, id, 'meta.yaml')).catch(() => undefined);
    if (text !== undefined && (parse(text) as { name?: unknown } | null)?.name === name) return id;
  }
  // Up to 2^52: MLflow's own ids are numbers, too.
  return String(Number.parseInt(hashBytes(name).slice(0, 13), 16));
}

async function makeExperiment(
  root: string,
  { id, name, now }: { readonly id: string; readonly name: string; readonly now: () => number },
): Promise<void> {
  await mkdir(root, { recursive: true });
  const folder = join(root, id);
  if (await isFolder(folder)) return;
  const time = Math.round(now() * 1000);
  const meta = {
    artifact_location: pathToFileURL(folder).href,
    creation_time: time,
    experiment_id: id,
    last_update_time: time,
    lifecycle_stage: 'active',
    name,
  };
  await writeFileAtomic(join(folder, 'meta.yaml'), yaml(meta), { root, create: true });
}

/** Strings that look like numbers stay strings. */
function yaml(value: unknown): string {
  return stringify(value, { version: '1.1', lineWidth: 0 });
}

class FileRun implements TrainingLog {
  readonly #root: string;
  readonly #folder: string;
  readonly #experiment: string;
  readonly #training: Training;
  readonly #now: () => number;
  #startTime = 0;
  /** Points up to this step are recorded already. */
  #done = -1;

  constructor(given: {
    readonly root: string;
    readonly experiment: string;
    readonly training: Training;
    readonly now: () => number;
  }) {
    this.#root = given.root;
    this.#experiment = given.experiment;
    this.#training = given.training;
    this.#now = given.now;
    this.#folder = join(given.root, given.experiment, runId(given.training));
  }

  async begin(): Promise<void> {
    const { step, key, name, settings } = this.#training;
    if (step > 0 && (await isFolder(this.#folder))) this.#done = step;
    this.#startTime = this.#milliseconds();
    await this.#writeMeta('running');
    for (const part of ['metrics', 'params', 'artifacts', 'tags'])
      await inFolder(this.#root, join(this.#folder, part), async () => {}, { create: true });
    await this.#write(join('tags', 'mlflow.runName'), name);
    await this.#write(join('tags', KEY_TAG), key);
    for (const [parameter, value] of parametersOf(settings))
      await this.#write(join('params', parameter), value);
  }

  async addPoints(points: readonly Point[]): Promise<void> {
    const time = this.#milliseconds();
    const lines = new Map<string, string>();
    for (const { step, values } of points) {
      if (step <= this.#done) continue;
      for (const [tag, value] of Object.entries(values)) {
        const key = mlflowKey(tag);
        lines.set(key, `${lines.get(key) ?? ''}${time} ${python(value)} ${step}\n`);
      }
    }
    for (const [key, text] of lines)
      await appendToFile(join(this.#folder, 'metrics', key), Buffer.from(text), {
        root: this.#root,
        create: true,
      });
  }

  async addImages(step: number, tag: string, images: readonly LoggedImage[]): Promise<void> {
    for (const [i, { png }] of images.entries())
      await this.#write(join('artifacts', mlflowKey(tag), `${step}-${i}.png`), png);
    const captions = images.map(({ caption }, i) => ({ image: `${step}-${i}.png`, caption }));
    await this.#write(
      join('artifacts', mlflowKey(tag), `${step}.json`),
      `${JSON.stringify(captions, undefined, 2)}\n`,
    );
  }

  async close(ending: Ending): Promise<void> {
    await this.#writeMeta(ending, this.#milliseconds());
  }

  async #writeMeta(status: keyof typeof STATUS, endTime: number | null = null): Promise<void> {
    const id = runId(this.#training);
    await this.#write(
      'meta.yaml',
      yaml({
        artifact_uri: pathToFileURL(join(this.#folder, 'artifacts')).href,
        deleted_time: null,
        end_time: endTime,
        entry_point_name: '',
        experiment_id: this.#experiment,
        lifecycle_stage: 'active',
        run_id: id,
        run_name: this.#training.name,
        run_uuid: id,
        source_name: '',
        source_type: 4,
        source_version: '',
        start_time: this.#startTime,
        status: STATUS[status],
        tags: [],
        user_id: '',
      }),
    );
  }

  async #write(name: string, content: string | Uint8Array): Promise<void> {
    await writeFileAtomic(join(this.#folder, name), content, { root: this.#root, create: true });
  }

  #milliseconds(): number {
    return Math.round(this.#now() * 1000);
  }
}

/** As Python's `float` reads it. */
function python(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return Number.isFinite(value) ? String(value) : value > 0 ? 'inf' : '-inf';
}
