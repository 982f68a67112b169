import { readFile } from 'node:fs/promises';
import { PodiumError } from '../errors.ts';
import { fileError } from '../files/file-error.ts';
import { writeFileAtomic } from '../files/write-file-atomic.ts';
import { decodePredictions, encodePredictions } from './format.ts';
import type { Predictions } from './predictions.ts';

/** Writes predictions to a file atomically; throws what `writeFileAtomic` throws. */
export async function writePredictions(path: string, predictions: Predictions): Promise<void> {
  await writeFileAtomic(path, encodePredictions(predictions));
}

/**
 * Reads and checks a file written by `writePredictions`.
 * @throws PodiumError naming the file: what `fileError` describes, or what `decodePredictions` throws.
 */
export async function readPredictions(path: string): Promise<Predictions> {
  try {
    return decodePredictions(await readFile(path));
  } catch (error) {
    if (!(error instanceof PodiumError)) throw fileError(error, path, 'read');
    throw new PodiumError(
      { ...error.problem, path: { ...error.problem.path, file: path } },
      { cause: error },
    );
  }
}
