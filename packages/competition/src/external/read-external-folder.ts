import { PodiumError } from '@podium/core';
import {
  type CompetitionFolder,
  type DatasetDescription,
  type FolderOptions,
  openFolder,
  type ReadDatasetOptions,
  readDataset,
} from '@podium/dataset';

/**
 * Reads a folder of external images like a competition folder.
 * @param key of the folder in the settings, `external[0]`: errors and decisions name its options instead of the competition's
 * @throws PodiumError as `readDataset`
 */
export async function readExternalFolder(
  folder: string,
  key: string,
  options: ReadDatasetOptions,
): Promise<DatasetDescription> {
  const { decisions = [], ...description } = await inExternal(key, () => readDataset(folder, options));
  return { ...description, decisions: decisions.map((own) => ({ ...own, key: keyIn(own.key, key) })) };
}

/** Lists a folder of external images; errors name its options. @throws PodiumError as `openFolder` */
export async function openExternalFolder(
  folder: string,
  key: string,
  options: FolderOptions,
): Promise<CompetitionFolder> {
  return await inExternal(key, () => openFolder(folder, options));
}

async function inExternal<T>(key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PodiumError)) throw error;
    const { problem } = error;
    const here = (text: string) => keyIn(text, key);
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

/** With the settings of the competition's folder as those of an external one. */
function keyIn(text: string, key: string): string {
  return text.replaceAll(/\bdata\.(?=options\b|layout\b|allowOutsideLinks\b)/g, `${key}.`);
}
