import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PatchEntry, readPatch, writePatch } from '@podium/dataset';
import { patchText, type PatchEntry as ReportEntry } from '@podium/report';
import { afterAll, beforeAll, expect, test } from 'vitest';

// The page of a report writes patches without @podium/dataset; they must be the same, byte for byte.
const entries: readonly ReportEntry[] = [
  { action: 'relabel', id: 'a "b"', head: 'label', old: 'cat', new: 'dog', reason: 'seen' },
  { action: 'relabel', id: 'قطة', head: 'tags', old: ['x', 'y'], new: null, reason: 'seen' },
  {
    action: 'drop',
    id: 'c',
    old: { path: 'train/c.jpg', labels: { label: 'cat', tags: ['x'] } },
    reason: '',
  },
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podium-report-patch-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('dataset reads the patch of a report', async () => {
  const file = join(folder, 'report.json');
  await writeFile(file, patchText(entries));
  const expected: readonly PatchEntry[] = entries;
  expect((await readPatch(file)).entries).toEqual(expected);
});

test.each([
  ['with changes', entries],
  ['without changes', []],
])('%s, both write the same bytes', async (_, changes) => {
  const file = join(folder, 'dataset.json');
  await writePatch(file, { entries: changes });
  expect(await readFile(file, 'utf8')).toBe(patchText(changes));
});
