import { join } from 'node:path';
import { type EventFile, openEventFile } from '@podium/training';
import type { CompetitionEvent } from '../events.ts';

/** Writes what trainings report to event files, one folder per training. */
export interface TensorBoardWriter {
  readonly onEvent: (event: CompetitionEvent) => void;
  /** Waits for what is being written. @throws PodiumError if a file could not be written */
  close(): Promise<void>;
}

/** @param now clock in seconds since 1970, for the time of each point */
export function tensorBoardWriter(folder: string, now: () => number): TensorBoardWriter {
  const files = new Map<string, Promise<EventFile>>();
  let written: Promise<void> = Promise.resolve();
  return {
    onEvent: (event) => {
      if (event.type !== 'stage' || event.event.type !== 'progress') return;
      const { name, progress } = event.event;
      const { values, step = 0 } = progress;
      if (values === undefined) return;
      written = written.then(async () => {
        let file = files.get(name);
        if (file === undefined) {
          // Names of trainings have brackets and commas, which TensorBoard's filters take for patterns.
          const own = name.replaceAll(/[^\p{L}\p{N}._=-]+/gu, '_').replace(/_$/, '');
          file = openEventFile({ folder: join(folder, own), root: folder, now, step });
          files.set(name, file);
        }
        await (await file).append(step, values);
      });
      // A failure is thrown by close, not as an unhandled rejection.
      written.catch(() => {});
    },
    close: () => written,
  };
}
