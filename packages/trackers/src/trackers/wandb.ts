import { mkdir, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { appendToFile, hashBytes, inFolder, writeFileAtomic } from '@podium/core';
import { z } from 'zod';
import {
  defineTracker,
  type Ending,
  type LoggedImage,
  type Point,
  type TrackerEntry,
  type Training,
} from '../tracker.ts';
import { WandbRecords } from '../wandb/records.ts';
import { TransactionLog } from '../wandb/transaction-log.ts';

const settings = z.strictObject({
  folder: z
    .string()
    .min(1)
    .default('.podium/wandb')
    .describe('where the folders of offline runs go; relative to the settings'),
  project: z.string().min(1).optional().describe("W&B's project (default: the competition)"),
});

/**
 * Offline runs of Weights & Biases, one per training; `wandb sync .podium/wandb/offline-run-*` uploads them. Nothing is
 * sent. A resumed training begins another run with all its epochs, since W&B does not join offline runs.
 */
export const wandb: TrackerEntry = defineTracker({
  name: 'wandb',
  summary: 'Offline runs for Weights & Biases, to be uploaded with "wandb sync".',
  settings,
  target: ({ folder }) => ({ folder }),
  create: ({ folder: given, project }, { folder: base, now }) => {
    const root = resolve(base, given);
    return {
      name: 'wandb',
      has: async (training) => (await runsOf(root, training)).length > 0,
      open: async (training) => {
        const earlier = (await runsOf(root, training)).length;
        const id = earlier === 0 ? idOf(training) : `${idOf(training)}-${earlier + 1}`;
        const run = new OfflineRun({ root, id, now });
        await run.begin(training, project ?? training.competition);
        return {
          addPoints: (points) => run.addPoints(points),
          addImages: (step, tag, images) => run.addImages(step, tag, images),
          close: (ending) => run.close(ending),
        };
      },
    };
  },
});

function idOf({ key }: Training): string {
  return key.slice(0, 16);
}

async function runsOf(root: string, training: Training): Promise<string[]> {
  const names = await readdir(root).catch(() => []);
  const id = idOf(training);
  return names.filter((name) => /^offline-run-\d{8}_\d{6}-(.*)$/.exec(name)?.[1]?.split('-')[0] === id);
}

class OfflineRun {
  readonly #root: string;
  readonly #id: string;
  readonly #now: () => number;
  readonly #startTime: number;
  readonly #folder: string;
  readonly #log = new TransactionLog();
  readonly #records = new WandbRecords();
  readonly #summary: Record<string, unknown> = {};
  /** Values of the latest step: W&B has one row per step, so a row waits until its step is over. */
  #row: { readonly step: number; readonly values: Record<string, unknown> } | undefined;

  constructor({
    root,
    id,
    now,
  }: {
    readonly root: string;
    readonly id: string;
    readonly now: () => number;
  }) {
    this.#root = root;
    this.#id = id;
    this.#now = now;
    this.#startTime = now();
    const time = new Date(this.#startTime * 1000).toISOString().slice(0, 19);
    const stamp = time.replaceAll(/[-:]/g, '').replace('T', '_');
    this.#folder = join(root, `offline-run-${stamp}-${id}`);
  }

  async begin({ name, competition, settings: config }: Training, project: string): Promise<void> {
    await mkdir(this.#root, { recursive: true });
    for (const name of ['files', 'logs']) await this.#makeFolder(name);
    const records = this.#records;
    const run = { id: this.#id, project, group: competition, name, config, startTime: this.#startTime };
    await this.#append([this.#log.begin(), ...this.#added([records.header(), records.run(run)])]);
  }

  async addPoints(points: readonly Point[]): Promise<void> {
    const records: Uint8Array[] = [];
    for (const { step, values } of points) records.push(...this.#addValues(step, values));
    if (records.length > 0) await this.#append(this.#added(records));
  }

  async addImages(step: number, tag: string, images: readonly LoggedImage[]): Promise<void> {
    const [first] = images;
    if (first === undefined) return;
    const folder = await this.#makeFolder(join('files', 'media', 'images'));
    const names: string[] = [];
    for (const [i, { png }] of images.entries()) {
      const name = `${tag.replaceAll(/[^\w-]+/g, '_')}_${step}_${i}_${hashBytes(png).slice(0, 20)}.png`;
      await writeFileAtomic(join(folder, name), png, { root: this.#root });
      names.push(`media/images/${name}`);
    }
    const value = {
      _type: 'images/separated',
      width: first.width,
      height: first.height,
      format: 'png',
      count: images.length,
      filenames: names,
      captions: images.map(({ caption }) => caption),
    };
    const records = this.#addValues(step, { [tag]: value });
    await this.#append(this.#added([...records, this.#records.files(names)]));
  }

  async close(ending: Ending): Promise<void> {
    const records = this.#endRow();
    if (Object.keys(this.#summary).length > 0) records.push(this.#records.summary(this.#summary));
    records.push(this.#records.exit(ending === 'finished' ? 0 : 1, this.#runtime()));
    await this.#append(this.#added(records));
  }

  /** The records that are complete now. */
  #addValues(step: number, values: Readonly<Record<string, unknown>>): Uint8Array[] {
    const isNext = this.#row === undefined || step > this.#row.step;
    const records = isNext ? this.#endRow() : [];
    this.#row ??= { step, values: {} };
    Object.assign(this.#row.values, values);
    return records;
  }

  #endRow(): Uint8Array[] {
    if (this.#row === undefined) return [];
    const { step, values } = this.#row;
    this.#row = undefined;
    const row = { ...values, _timestamp: this.#now(), _runtime: this.#runtime() };
    Object.assign(this.#summary, row, { _step: step });
    return [this.#records.history(step, row)];
  }

  async #makeFolder(name: string): Promise<string> {
    const folder = join(this.#folder, name);
    await inFolder(this.#root, folder, async () => {}, { create: true });
    return folder;
  }

  #runtime(): number {
    return Math.max(0, this.#now() - this.#startTime);
  }

  #added(messages: readonly Uint8Array[]): Buffer[] {
    return messages.map((message) => this.#log.add(message));
  }

  async #append(parts: readonly Buffer[]): Promise<void> {
    const file = join(this.#folder, `run-${this.#id}.wandb`);
    await appendToFile(file, Buffer.concat(parts), { root: this.#root, create: true });
  }
}
