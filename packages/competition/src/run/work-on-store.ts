import { localExecutor, openStore, type WorkerEvent, type WorkerOptions, work } from '@podium/pipeline';
import type { OnCompetitionEvent } from '../events.ts';
import * as stages from '../stages/index.ts';
import { findBackend } from './project.ts';

export interface WorkOptions extends Pick<WorkerOptions, 'allowCode' | 'once' | 'drain' | 'signal'> {
  /** Cores that jobs share; default: those of this machine. */
  readonly cores?: number;
  readonly onEvent?: (event: WorkerEvent) => void;
  /** Hears of the installation of TensorFlow. */
  readonly onSetup?: OnCompetitionEvent;
}

/**
 * Computes for the runs on a store, on this machine, until it is told to stop.
 * @param folder the store that the runs use: it is shared by the machines
 * @throws PodiumError as `openStore`
 */
export async function workOnStore(folder: string, options: WorkOptions = {}): Promise<void> {
  const { cores, onSetup = () => {}, ...given } = options;
  const store = await openStore(folder);
  const { engine } = await findBackend(options.signal ?? new AbortController().signal, onSetup);
  const executor = localExecutor(cores === undefined ? {} : { cores });
  try {
    await work(store, { ...given, stages: Object.values(stages), engine, executor });
  } finally {
    await executor.close();
  }
}
