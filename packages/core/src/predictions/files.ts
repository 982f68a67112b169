import { PodiumError } from '../errors.ts';
import { readBytes } from '../files/read-file.ts';
import { writeFileAtomic } from '../files/write-file-atomic.ts';
import { decodePredictions, encodePredictions } from './format.ts';
import type { Predictions } from './predictions.ts';

/** A million rows of 500 classes. */
const MAX_BYTES = 2 ** 32;

/** Writes predictions to a file atomically; throws what `writeFileAtomic` throws. */
export async function writePredictions(path: string, predictions: Predictions): Promise<void> {
  await writeFileAtomic(path, encodePredictions(predictions));
}

/**
 * Reads and checks a file written by `writePredictions`.
 * @throws PodiumError naming the file: what `readBytes` throws, or what `decodePredictions` throws.
 */
export async function readPredictions(path: string): Promise<Predictions> {
  try {
    return decodePredictions(await readBytes(path, { maxBytes: MAX_BYTES }));
  } catch (error) {
    if (!(error instanceof PodiumError)) throw error;
    throw new PodiumError(
      { ...error.problem, path: { ...error.problem.path, file: path } },
      { cause: error },
    );
  }
}
