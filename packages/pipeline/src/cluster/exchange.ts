import { basename, join } from 'node:path';
import {
  type PodiumError,
  type Problem,
  readText,
  removeFile,
  writeFileAtomic,
  writeMark,
} from '@podium/core';
import type { Progress } from '../stage/stage.ts';
import { OWN } from '../store/layout.ts';
import { namesIn } from '../store/names-in.ts';

/** What a worker can do, as it says itself. */
export interface WorkerInfo {
  readonly id: string;
  readonly host: string;
  readonly engine: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Versions by stage. */
  readonly stages: Readonly<Record<string, string>>;
  /** Runs code that comes with jobs. */
  readonly runsCode: boolean;
}

/** How a job went that has no result. */
export interface JobFailureNote {
  /** Of the asker that it answers. */
  readonly ticket: string;
  readonly worker: string;
  readonly problem: Problem;
  readonly stack?: string | undefined;
  readonly attempts: number;
}

/** What a worker says about a job that it is doing. */
export interface JobNews {
  readonly worker: string;
  readonly attempt: number;
  readonly progress?: Progress;
}

/** A job, and who asks for it. */
export interface PostedJob {
  readonly ticket: string;
  readonly job: unknown;
}

const MAX_BYTES = 2 ** 26;

/**
 * Where runs and workers meet: files in a folder of their store. `jobs/<key>.json` is wanted, `failures/<key>.json` and
 * `news/<key>.json` answer it; its result is the entry of the store. `workers/<id>.json` says who works.
 */
export class Exchange {
  readonly #root: string;
  readonly #folder: string;

  /** @param store folder of the store */
  constructor(store: string) {
    this.#root = store;
    this.#folder = join(store, 'exchange');
  }

  async post(key: string, posted: PostedJob): Promise<void> {
    await this.#write('jobs', key, posted);
  }

  async withdraw(key: string): Promise<void> {
    for (const kind of ['jobs', 'failures', 'news']) await this.#remove(kind, key);
  }

  jobs(): Promise<string[]> {
    return this.#names('jobs');
  }

  job(key: string): Promise<PostedJob | undefined> {
    return this.#read<PostedJob>('jobs', key);
  }

  async fail(key: string, note: JobFailureNote): Promise<void> {
    await this.#write('failures', key, note);
  }

  failure(key: string): Promise<JobFailureNote | undefined> {
    return this.#read<JobFailureNote>('failures', key);
  }

  async tell(key: string, news: JobNews): Promise<void> {
    await this.#mark('news', key, news);
  }

  news(key: string): Promise<JobNews | undefined> {
    return this.#read<JobNews>('news', key);
  }

  /** Also the worker's sign of life: `beat` differs each time. */
  async register(info: WorkerInfo, beat: number): Promise<void> {
    await this.#mark('workers', info.id, { ...info, beat });
  }

  async unregister(id: string): Promise<void> {
    await this.#remove('workers', id);
  }

  async workers(): Promise<(WorkerInfo & { readonly beat: number })[]> {
    const ids = await this.#names('workers');
    const found = ids.map((id) => this.#read<WorkerInfo & { readonly beat: number }>('workers', id));
    return (await Promise.all(found)).filter((info) => info !== undefined);
  }

  #file(kind: string, name: string): string {
    return join(this.#folder, kind, `${basename(name)}.json`);
  }

  async #write(kind: string, name: string, value: unknown): Promise<void> {
    await writeFileAtomic(this.#file(kind, name), `${JSON.stringify(value)}\n`, { root: this.#root, ...OWN });
  }

  /** In place, since other machines see that sooner than a replaced file; half of one is read again later. */
  async #mark(kind: string, name: string, value: unknown): Promise<void> {
    await writeMark(this.#file(kind, name), `${JSON.stringify(value)}\n`, { root: this.#root, ...OWN });
  }

  async #remove(kind: string, name: string): Promise<void> {
    await removeFile(this.#file(kind, name), { root: this.#root }).catch(() => {});
  }

  async #names(kind: string): Promise<string[]> {
    const names = await namesIn({ root: this.#root }, join(this.#folder, kind));
    return names.filter((name) => /^[\w-]+\.json$/.test(name)).map((name) => name.slice(0, -'.json'.length));
  }

  async #read<T>(kind: string, name: string): Promise<T | undefined> {
    try {
      return JSON.parse(
        await readText(this.#file(kind, name), { root: this.#root, maxBytes: MAX_BYTES }),
      ) as T;
    } catch (error) {
      if ((error as Partial<PodiumError>).code === 'link-refused') throw error;
      return undefined;
    }
  }
}
