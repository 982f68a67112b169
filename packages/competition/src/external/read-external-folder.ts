import { PodiumError } from '@podium/core';
import { type DatasetDescription, type ReadDatasetOptions, readDataset } from '@podium/dataset';

/**
 * Reads a folder of external images like a competition folder.
 * @param key of the folder in the settings, `external[0]`: errors name its options instead of the competition's
 * @throws PodiumError as `readDataset`
 */
export async function readExternalFolder(
  folder: string,
  key: string,
  options: ReadDatasetOptions,
): Promise<DatasetDescription> {
  try {
    return await readDataset(folder, options);
  } catch (error) {
    if (!(error instanceof PodiumError)) throw error;
    const { problem } = error;
    const here = (text: string) => text.replaceAll(/\bdata\.(?=options\b|layout\b)/g, `${key}.`);
    throw new PodiumError(
      {
        ...problem,
        ...(problem.message !== undefined && { message: here(problem.message) }),
        ...(problem.fix !== undefined && { fix: here(problem.fix) }),
        ...(problem.path?.key !== undefined && { path: { ...problem.path, key: here(problem.path.key) } }),
      },
      { cause: error },
    );
  }
}
