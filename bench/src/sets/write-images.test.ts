import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDataset } from '@podium/dataset';
import sharp from 'sharp';
import { expect, onTestFinished, test } from 'vitest';
import type { ImageSet, LabeledImage } from './image-set.ts';
import { makeSet } from './make-set.ts';
import { testGroups, writeImages } from './write-images.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'podium-sets-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Nine groups with an image of each of two classes. */
async function labeledImages(): Promise<LabeledImage[]> {
  const held = testGroups(
    Array.from({ length: 9 }, (_, i) => `artist ${i}`),
    'test',
  );
  return await Promise.all(
    Array.from({ length: 18 }, async (_, i) => {
      const background = { r: i * 14, g: 255 - i * 9, b: 90 };
      const png = await sharp({ create: { width: 8, height: 8, channels: 3, background } })
        .png()
        .toBuffer();
      const group = `artist ${i >> 1}`;
      return { label: i % 2 === 0 ? 'cat' : 'dog', group, isTest: held.has(group), png };
    }),
  );
}

const contentOf = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name))
    .sort()
    .map((file) => [file.slice(folder.length), readFileSync(file).toString('base64')]);

test('a third of the groups is held out, whatever the order of the groups', () => {
  const groups = Array.from({ length: 9 }, (_, i) => `g${i}`);
  const held = testGroups(groups, 'a');
  expect(held.size).toBe(3);
  expect(testGroups([...groups, ...groups].toReversed(), 'a')).toEqual(held);
});

test('the competition reads back as it was written, and no group is on both sides', async () => {
  const folder = temporaryFolder();
  const images = await labeledImages();
  const answers = await writeImages(folder, images, 'test');
  const { train, test: tests, heads } = await readDataset(folder);
  expect(heads[0]?.classes).toEqual(['cat', 'dog']);
  expect([train.length, tests.length]).toEqual([12, 6]);
  expect(tests.map(({ id }) => id)).toEqual(answers.map(([id]) => id));
  const trained = new Set(train.map(({ group }) => group));
  expect(trained.size).toBe(6);
  for (const [, , group] of answers) expect(trained).not.toContain(group);
  // Labels stay with their images.
  const labelOf = new Map(images.map(({ png, label }) => [Buffer.from(png).toString('base64'), label]));
  const bytesOf = (split: string, id: string) =>
    readFileSync(join(folder, split, `${id}.png`)).toString('base64');
  for (const { id, labels } of train) expect(labels.label).toBe(labelOf.get(bytesOf('train', id)));
  for (const [id, label] of answers) expect(label).toBe(labelOf.get(bytesOf('test', id)));
});

test('a set is made once, the same bytes each time, and not at all if that fails', async () => {
  const root = temporaryFolder();
  let made = 0;
  const set: ImageSet = {
    name: 'small',
    summary: '',
    license: 'MIT',
    source: '',
    write: async (folder) => {
      made++;
      return await writeImages(folder, await labeledImages(), 'test');
    },
  };
  const first = await makeSet(set, root);
  expect(await makeSet(set, root)).toEqual(first);
  expect(made).toBe(1);
  const again = temporaryFolder();
  await makeSet(set, again);
  expect(contentOf(again)).toEqual(contentOf(root));
  const broken: ImageSet = {
    ...set,
    name: 'broken',
    write: async (folder) => {
      mkdirSync(join(folder, 'train'));
      throw new Error('no network');
    },
  };
  await expect(makeSet(broken, root)).rejects.toThrow('no network');
  expect(readdirSync(root).sort()).toEqual(['small', 'small.answers.csv']);
});
