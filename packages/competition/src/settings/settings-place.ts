import { join, resolve, sep } from 'node:path';
import { PodiumError } from '@podium/core';
import { readSettings, settingsIn } from './read-settings.ts';

/**
 * Where the settings of a competition go: `podium.yaml` in this folder; if that belongs to another competition, into a folder
 * of their own, so that settings, results and submissions of two competitions never mix.
 * @param folder absolute: where people are
 * @param data absolute: the competition folder
 * @param name of the competition
 * @returns absolute paths: the usual place, and a folder of its own as another choice
 */
export async function settingsPlaces(
  folder: string,
  data: string,
  name: string,
): Promise<{ readonly usual: string; readonly own: string }> {
  const here = join(folder, 'podium.yaml');
  // Inside the competition folder, results would become part of the data.
  const plain = name.replaceAll(/\s+/g, '-');
  const isData = data === join(folder, plain) || data.startsWith(join(folder, plain) + sep);
  const own = join(folder, isData ? `${plain}-runs` : plain, 'podium.yaml');
  const [taken] = await settingsIn(folder);
  // A podium.config.ts is never replaced, and two settings in one folder would be ambiguous.
  const isOther =
    taken !== undefined && (taken !== 'podium.yaml' || (await dataOf(join(folder, taken))) !== data);
  return { usual: isOther ? own : here, own };
}

/** The competition folder of settings; undefined if they cannot be read. */
async function dataOf(file: string): Promise<string | undefined> {
  try {
    const { settings, folder } = await readSettings(file);
    return resolve(folder, settings.data.folder);
  } catch (error) {
    if (error instanceof PodiumError) return undefined;
    throw error;
  }
}
