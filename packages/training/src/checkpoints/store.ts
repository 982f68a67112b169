import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, PodiumError, type Problem } from '@podium/core';
import { modeOf } from '../loop/mode.ts';
import type { TrainingCheckpoint } from './checkpoint.ts';
import {
  type CheckpointManifest,
  readCheckpointFolder,
  readManifest,
  syncFolder,
  writeCheckpointFiles,
} from './folder.ts';

export interface CheckpointStoreOptions {
  /** Is made where it does not exist. One run, one folder. */
  readonly folder: string;
  /** Newest checkpoints to keep. Default 2: where the last one is damaged there is one before it. */
  readonly keepLast?: number;
  /** Best checkpoints to keep, by `monitor`. Default 1. */
  readonly keepBest?: number;
  /** Name in the history: `loss`, `accuracy`, `HEAD/accuracy`. Default `loss`. */
  readonly monitor?: string;
  /** Whether a lower value is better, or a higher. Default: lower for a loss, higher for others. */
  readonly mode?: 'min' | 'max';
}

/** One checkpoint of a store. */
export interface StoredCheckpoint extends Pick<CheckpointManifest, 'step' | 'epoch' | 'metric'> {
  readonly folder: string;
}

/** Checkpoints of one run on disk, each a folder that is there whole or not at all. */
export interface CheckpointStore {
  readonly folder: string;
  readonly monitor: string;
  readonly mode: 'min' | 'max';
  /**
   * Writes a checkpoint, and then removes those that are neither among the newest nor among the best.
   * @returns its folder
   * @throws PodiumError `disk-full` and the like; the checkpoints that were there are as they were
   */
  save(checkpoint: TrainingCheckpoint): Promise<string>;
  /** All whose manifest can be read, the oldest first. */
  list(): Promise<StoredCheckpoint[]>;
  /**
   * The newest checkpoint that is whole. One that is not is told to `onDamaged`, and the one before it is tried.
   * @returns undefined where there is none at all
   * @throws PodiumError `training-no-checkpoint` where all are damaged
   */
  loadLast(
    onDamaged?: (folder: string, problem: Problem) => void,
  ): Promise<{ readonly folder: string; readonly checkpoint: TrainingCheckpoint } | undefined>;
  /** The best by the monitored metric, or undefined where no checkpoint has one. */
  best(): Promise<StoredCheckpoint | undefined>;
}

const NAME = /^checkpoint-(\d{6,})$/;
/** What is being written, by the process that writes it. */
const UNFINISHED = /^\.saving-(\d+)-\d+$/;

/** @throws PodiumError for a count that is none */
export function createCheckpointStore(options: CheckpointStoreOptions): CheckpointStore {
  const { folder, keepLast = 2, keepBest = 1, monitor = 'loss' } = options;
  const mode = options.mode ?? modeOf(monitor);
  count('keepLast', keepLast, 1);
  count('keepBest', keepBest, 0);

  const names = async (): Promise<string[]> => {
    const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [] as string[];
      throw fileError(error, folder, 'read');
    });
    return found.filter((name) => NAME.test(name)).sort((a, b) => numberOf(a) - numberOf(b));
  };
  const list = async (): Promise<StoredCheckpoint[]> => {
    const stored: StoredCheckpoint[] = [];
    for (const name of await names()) {
      const path = join(folder, name);
      const manifest = await readManifest(path).catch(() => undefined);
      if (manifest === undefined) continue;
      const { step, epoch, metric } = manifest;
      stored.push({ folder: path, step, epoch, metric });
    }
    return stored;
  };
  const byMetric = (stored: readonly StoredCheckpoint[]) => {
    const sign = mode === 'min' ? 1 : -1;
    return stored.filter(({ metric }) => metric !== null).sort((a, b) => sign * (a.metric! - b.metric!));
  };
  const prune = async () => {
    const stored = await list();
    const kept = new Set([...stored.slice(-keepLast), ...byMetric(stored).slice(0, keepBest)]);
    for (const each of stored) {
      // The name first: a removal that is cut short must not leave what looks like a checkpoint.
      if (!kept.has(each)) await removeFolder(each.folder);
    }
  };
  const removeFolder = async (path: string) => {
    const away = join(folder, `.saving-${process.pid}-${numberOf(path)}`);
    await rename(path, away);
    await rm(away, { recursive: true, force: true });
  };

  return {
    folder,
    monitor,
    mode,
    list,
    async save(checkpoint) {
      try {
        await mkdir(folder, { recursive: true });
        await removeUnfinished(folder);
        const next = numberOf((await names()).at(-1) ?? 'checkpoint-000000') + 1;
        const temporary = join(folder, `.saving-${process.pid}-${next}`);
        const path = join(folder, `checkpoint-${String(next).padStart(6, '0')}`);
        try {
          await mkdir(temporary);
          await writeCheckpointFiles(temporary, checkpoint, newest(checkpoint, monitor));
          await rename(temporary, path);
        } catch (error) {
          await rm(temporary, { recursive: true, force: true });
          throw error;
        }
        await syncFolder(folder);
        await prune();
        return path;
      } catch (error) {
        throw fileError(error, folder, 'write');
      }
    },
    async loadLast(onDamaged) {
      const found = (await names()).reverse();
      for (const name of found) {
        const path = join(folder, name);
        try {
          return { folder: path, checkpoint: await readCheckpointFolder(path) };
        } catch (error) {
          if (!(error instanceof PodiumError)) throw error;
          onDamaged?.(path, error.problem);
        }
      }
      if (found.length === 0) return undefined;
      throw new PodiumError({
        code: 'training-no-checkpoint',
        path: { file: folder },
        message: `none of the ${found.length} checkpoints is whole`,
        fix: 'start the run anew in another folder, or restore this one from a backup',
      });
    },
    async best() {
      return byMetric(await list())[0];
    },
  };
}

/** The newest value of a metric in the history, if it was measured since the checkpoint's weights changed. */
function newest({ progress }: TrainingCheckpoint, monitor: string): number | undefined {
  const row = progress.history.findLast(({ metrics }) => metrics[monitor] !== undefined);
  return row?.step === progress.step ? row.metrics[monitor] : undefined;
}

/** Removes what dead processes left half-written. */
async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = UNFINISHED.exec(name)?.[1];
    if (pid === undefined || (Number(pid) !== process.pid && isAlive(Number(pid)))) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function numberOf(name: string): number {
  return Number(/(\d+)$/.exec(name)?.[1]);
}

function count(key: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new PodiumError({
    code: 'training-setting',
    path: { key },
    expected: `a whole number of at least ${least}`,
    got: String(value),
  });
}
