import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, PodiumError, type Problem, removeTree } from '@podium/core';
import type { TrainingCheckpoint } from './checkpoint.ts';
import {
  type CheckpointManifest,
  readCheckpointFolder,
  readManifest,
  syncFolder,
  writeCheckpointFiles,
} from './checkpoint-folder.ts';

export interface CheckpointStoreOptions {
  /** Created if it does not exist. One folder per run. */
  readonly folder: string;
  /** Newest checkpoints to keep. Default 2: if the last one is damaged, the one before it is used. */
  readonly keepLast?: number;
  /** Best checkpoints to keep, by `monitor`. Default 1. */
  readonly keepBest?: number;
  /** A metric of the history: `loss`, `accuracy`, `HEAD/accuracy`. Default `loss`. */
  readonly monitor?: string;
  /**
   * Whether a lower or a higher value is better: the `direction` of a metric of `@podium/metrics`. Required, since a name does
   * not tell; default for `loss` and `HEAD/loss`: min.
   */
  readonly mode?: 'min' | 'max';
}

/** One checkpoint of a store. */
export interface StoredCheckpoint extends Pick<CheckpointManifest, 'step' | 'epoch' | 'metric'> {
  readonly folder: string;
}

/** Checkpoints of one run on disk. Each is a folder that appears complete or not at all. */
export interface CheckpointStore {
  readonly folder: string;
  readonly monitor: string;
  readonly mode: 'min' | 'max';
  /**
   * Writes a checkpoint, then removes those that are neither among the newest nor among the best.
   * @returns its folder
   * @throws PodiumError `disk-full` and the like; earlier checkpoints stay as they were
   */
  save(checkpoint: TrainingCheckpoint): Promise<string>;
  /** All with a readable manifest, oldest first. */
  list(): Promise<StoredCheckpoint[]>;
  /**
   * The newest undamaged checkpoint. Damaged ones are reported to `onDamaged`, and the one before is tried.
   * @returns undefined if there is no checkpoint
   * @throws PodiumError `training-no-checkpoint` if all are damaged
   */
  loadLast(
    onDamaged?: (folder: string, problem: Problem) => void,
  ): Promise<{ readonly folder: string; readonly checkpoint: TrainingCheckpoint } | undefined>;
  /** The best by the monitored metric, or undefined if no checkpoint has it. */
  best(): Promise<StoredCheckpoint | undefined>;
}

const NAME = /^checkpoint-(\d{6,})$/;
/** A checkpoint being written; the number is the process id of its writer. */
const UNFINISHED = /^\.saving-(\d+)-\d+$/;

/**
 * Keeps the checkpoints of one run in a folder.
 *
 * @throws PodiumError `training-setting` for a count out of range, or a metric without `mode`
 *
 * @example
 * const checkpoints = createCheckpointStore({ folder: 'runs/a/checkpoints', monitor: 'accuracy', mode: 'max' });
 * await createTrainer({ ...settings, checkpoints }).fit();   // resumes from the last checkpoint, if there is one
 */
export function createCheckpointStore(options: CheckpointStoreOptions): CheckpointStore {
  const { folder, keepLast = 2, keepBest = 1, monitor = 'loss' } = options;
  const mode = options.mode ?? lossMode(monitor);
  assertCount('keepLast', keepLast, 1);
  assertCount('keepBest', keepBest, 0);

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
      // Renamed first: an interrupted removal must not leave what looks like a checkpoint.
      if (!kept.has(each)) await removeFolder(each.folder);
    }
  };
  const removeFolder = async (path: string) => {
    const away = join(folder, `.saving-${process.pid}-${numberOf(path)}`);
    await rename(path, away);
    await removeTree(away);
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
          await writeCheckpointFiles(temporary, checkpoint, latestMetric(checkpoint, monitor));
          await rename(temporary, path);
        } catch (error) {
          await removeTree(temporary);
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
        message: `all ${found.length} checkpoints are damaged`,
        fix: 'start the run again in another folder, or restore this one from a backup',
      });
    },
    async best() {
      return byMetric(await list())[0];
    },
  };
}

/** The training loop's own losses are the only values whose direction is known here. */
function lossMode(monitor: string): 'min' {
  if (monitor === 'loss' || monitor.endsWith('/loss')) return 'min';
  throw new PodiumError({
    code: 'training-setting',
    path: { key: 'mode' },
    message: `whether a lower or a higher value of "${monitor}" is better`,
    expected: ['min', 'max'],
    got: 'nothing',
    fix: 'pass mode: min for errors such as brier, ece and hamming, max for scores such as accuracy',
  });
}

/** The latest value of a metric, if it was measured with the checkpoint's weights. */
function latestMetric({ progress }: TrainingCheckpoint, monitor: string): number | undefined {
  const row = progress.history.findLast(({ metrics }) => metrics[monitor] !== undefined);
  return row?.step === progress.step ? row.metrics[monitor] : undefined;
}

/** Removes incomplete checkpoints of dead processes. */
async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = UNFINISHED.exec(name)?.[1];
    if (pid === undefined || (Number(pid) !== process.pid && isAlive(Number(pid)))) continue;
    await removeTree(join(folder, name));
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

function assertCount(key: string, value: number, min: number): void {
  if (Number.isInteger(value) && value >= min) return;
  throw new PodiumError({
    code: 'training-setting',
    path: { key },
    expected: `a whole number of at least ${min}`,
    got: String(value),
  });
}
