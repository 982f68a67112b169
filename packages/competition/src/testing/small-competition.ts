import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeMaskCompetition } from '@podium/dataset/testing';

/** Writes a drawn mask competition to `<folder>/data`, and settings beside it that train a small network in seconds. */
export async function writeSmallCompetition(
  folder: string,
  options: {
    readonly people: number;
    readonly testPeople: number;
    readonly folds: number;
    readonly epochs: number;
    readonly more?: readonly string[];
  },
): Promise<void> {
  const { people, testPeople, folds, epochs, more = [] } = options;
  await mkdir(folder, { recursive: true });
  await writeMaskCompetition(join(folder, 'data'), { people, testPeople, width: 40, height: 52 });
  await writeFile(
    join(folder, 'podium.yaml'),
    `${[
      'competition: masks',
      'data: { folder: data, options: { heads: both } }',
      'heads: { combine: { into: class, from: [mask, gender, age] }, sameInGroup: [gender, age] }',
      `folds: { count: ${folds} }`,
      'preset: fast',
      'threads: 1',
      'train: { imageSize: 32, batchSize: 32, augment: light }',
      `models: [{ model: small-net, epochs: ${epochs} }]`,
      ...more,
    ].join('\n')}\n`,
  );
}
