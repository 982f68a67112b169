import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { appendToFile, fileError } from '@podium/core';
import { scalarsRecord, sessionStartRecord, versionRecord } from './records.ts';

/** An event file for TensorBoard. */
export interface EventFile {
  /** Appends one point per value. @throws PodiumError if the file cannot be written */
  append(step: number, values: Readonly<Record<string, number>>): Promise<void>;
}

export interface EventFileOptions {
  /** Folder for `tensorboard --logdir FOLDER`; created if it does not exist. */
  readonly folder: string;
  /** The folder, or one above it: no link below it is followed. Default: the folder. */
  readonly root?: string;
  /** Clock in seconds since 1970, for the time of each point. */
  readonly now: () => number;
  /** The step that a resumed run starts from; later steps of earlier files are hidden. Default 0. */
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
  return { append: (at, values) => write([scalarsRecord(now(), at, values)]) };
}
