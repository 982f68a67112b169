import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { appendToFile, fileError } from '@podium/core';
import type { LoggedImage, Point } from '../tracker.ts';
import { histogramOf } from './histogram.ts';
import {
  histogramsRecord,
  imagesRecord,
  scalarsRecord,
  sessionStartRecord,
  versionRecord,
} from './records.ts';

/** An event file for TensorBoard. All methods throw a PodiumError if the file cannot be written. */
export interface EventFile {
  addPoints(points: readonly Point[]): Promise<void>;
  /** They are called `tag/0`, `tag/1`, ... */
  addImages(step: number, tag: string, images: readonly LoggedImage[]): Promise<void>;
  addHistograms(step: number, values: Readonly<Record<string, ArrayLike<number>>>): Promise<void>;
}

export interface EventFileOptions {
  /** Folder for `tensorboard --logdir FOLDER`; created if it does not exist. */
  readonly folder: string;
  /** The folder, or one above it: no link below it is followed. Default: the folder. */
  readonly root?: string;
  /** Clock in seconds since 1970, for the time of each point. */
  readonly now: () => number;
  /** Earlier files are hidden from this step on. Default 0. */
  readonly step?: number;
}

/**
 * Starts an event file that TensorBoard reads.
 * @throws PodiumError if it cannot be written
 */
export async function openEventFile({
  folder,
  root = folder,
  now,
  step = 0,
}: EventFileOptions): Promise<EventFile> {
  const time = now();
  // TensorBoard reads files in the order of their names.
  const seconds = String(Math.floor(time)).padStart(10, '0');
  const file = join(folder, `events.out.tfevents.${seconds}.${process.pid}.podium`);
  const write = async (records: readonly Buffer[]): Promise<void> => {
    try {
      await mkdir(root, { recursive: true });
      await appendToFile(file, Buffer.concat(records), { root, create: true });
    } catch (error) {
      throw fileError(error, file, 'write');
    }
  };
  await write([versionRecord(time), sessionStartRecord(time, step)]);
  return {
    addPoints: (points) => write(points.map((point) => scalarsRecord(now(), point.step, point.values))),
    addImages: (at, tag, images) => write([imagesRecord(now(), at, tag, images)]),
    addHistograms: (at, values) => {
      const histograms = Object.entries(values).map(([tag, own]) => [tag, histogramOf(own)] as const);
      return write([histogramsRecord(now(), at, Object.fromEntries(histograms))]);
    },
  };
}
