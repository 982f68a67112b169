import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Rng, removeTree } from '@podium/core';
import { writeTable } from '@podium/dataset';
import type { Answer, LabeledImage } from './image-set.ts';

/** Of the groups, or of the images of each class. */
const TEST_SHARE = 1 / 3;

/** Draws the third of the groups that is held out. */
export function testGroups(groups: Iterable<string>, seed: string): ReadonlySet<string> {
  const all = [...new Set(groups)].sort();
  return new Set(Rng.fromSeed(seed).sample(all, Math.round(all.length * TEST_SHARE)));
}

/** Writes images as a competition: `train/`, `test/`, `train.csv`, `sample_submission.csv`. Their order and names tell nothing. */
export async function writeImages(
  folder: string,
  images: readonly LabeledImage[],
  seed: string,
): Promise<Answer[]> {
  for (const split of ['train', 'test']) await mkdir(join(folder, split));
  const named = Rng.fromSeed(seed)
    .split('order')
    .shuffle(images)
    .map((image, i) => ({ ...image, id: `img${String(i + 1).padStart(5, '0')}` }));
  for (const { id, isTest, png } of named)
    await writeFile(join(folder, isTest ? 'test' : 'train', `${id}.png`), png);
  const [train, test] = [named.filter(({ isTest }) => !isTest), named.filter(({ isTest }) => isTest)];
  const more = Object.keys(train[0]!.more ?? {});
  const hasGroups = train.some(({ group }) => group !== undefined);
  await writeTable(
    join(folder, 'train.csv'),
    ['id', 'label', ...more, ...(hasGroups ? ['group'] : [])],
    train.map((row) => [
      row.id,
      row.label,
      ...more.map((name) => row.more![name]!),
      ...(hasGroups ? [row.group!] : []),
    ]),
  );
  const [placeholder] = train.map(({ label }) => label).sort();
  await writeTable(
    join(folder, 'sample_submission.csv'),
    ['id', 'label'],
    test.map(({ id }) => [id, placeholder!]),
  );
  return test.map(({ id, label, group }) => [id, label, group ?? id]);
}

/** Calls `use` with a temporary folder. */
export async function withScratch<T>(use: (scratch: string) => Promise<T>): Promise<T> {
  const scratch = await mkdtemp(join(tmpdir(), 'podium-sets-'));
  try {
    return await use(scratch);
  } finally {
    await removeTree(scratch);
  }
}
