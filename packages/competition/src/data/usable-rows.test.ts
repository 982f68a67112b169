import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PodiumError } from '@podium/core';
import {
  type DatasetDescription,
  inspectDataset,
  type ManifestRow,
  type Patch,
  proposePatch,
} from '@podium/dataset';
import { afterAll, expect, test } from 'vitest';
import { noise } from '../testing/index.ts';
import { settleFindings } from './settle-findings.ts';
import { type Settling, type UsableRows, usableRows } from './usable-rows.ts';

const root = mkdtempSync(join(tmpdir(), 'podium-usable-'));
afterAll(() => rmSync(root, { recursive: true }));

const NAMES = ['train1', 'train2', 'test1', 'test2'];
for (const name of NAMES) writeFileSync(join(root, `${name}.png`), await noise(name));
writeFileSync(join(root, 'page.png'), '<!DOCTYPE html><html>404</html>');
writeFileSync(join(root, 'empty.png'), '');

const row = (id: string, file: string, label?: string): ManifestRow => ({
  id,
  image: { kind: 'file', path: `${file}.png` },
  labels: label === undefined ? {} : { label },
  weight: 1,
  provenance: { kind: 'true' },
});

/** Both splits have ids 1 and 2. */
function description(train: readonly string[], tests: readonly string[]): DatasetDescription {
  return {
    layout: 'csv',
    root,
    heads: [{ name: 'label', task: 'single-label', classes: ['a', 'b'] }],
    train: train.map((file, i) => row(String(i + 1), file, 'ab'[i])),
    test: tests.map((file, i) => row(String(i + 1), file)),
    missing: [{ id: '9', split: 'test', table: 'sample.csv', line: 4 }],
    unlisted: [],
  };
}

const DEFAULTS: Settling = { accept: [], unpredicted: 'refuse' };

async function settle(
  data: DatasetDescription,
  settling: Partial<Settling> = {},
  patch: 'auto' | 'none' | ((proposed: Patch) => Patch) = 'auto',
): Promise<UsableRows | PodiumError> {
  const report = await inspectDataset(data, { limits: { rareClass: 0 } });
  const base =
    patch === 'none'
      ? { entries: [] }
      : patch === 'auto'
        ? proposePatch(report, { splits: ['train'] })
        : patch(proposePatch(report));
  try {
    return usableRows(data, report, base, { ...DEFAULTS, ...settling });
  } catch (error) {
    if (error instanceof PodiumError) return error;
    throw error;
  }
}

const ids = (result: UsableRows | PodiumError) =>
  result instanceof PodiumError
    ? result.problem
    : { train: result.train.rows.map(({ id }) => id), test: result.test.map(({ id }) => id) };

const TEST_BROKEN = description(['train1', 'train2'], ['test1', 'page']);

test('a broken test image is an error that names its row and the ways out', async () => {
  const result = await settle(TEST_BROKEN);
  expect(ids(result)).toMatchObject({
    code: 'dataset-error',
    message: 'unreadable-images: 1 image is unreadable: page.png is a web page',
    got: '1 test row ("2")',
  });
  expect((result as PodiumError).problem.fix).toContain('set data.accept: [unreadable-images]');
});

test.each<[title: string, settling: Partial<Settling>, patch: 'auto' | ((proposed: Patch) => Patch)]>([
  ['accepting the check', { accept: ['unreadable-images'] }, 'auto'],
  ['submission.unpredicted: sample', { unpredicted: 'sample' }, 'auto'],
  ['a patch', {}, (proposed) => proposed],
])('%s leaves its row out, and says so', async (_, settling, patch) => {
  const result = (await settle(TEST_BROKEN, settling, patch)) as UsableRows;
  expect(ids(result)).toEqual({ train: ['1', '2'], test: ['1'] });
  expect(result.unpredicted).toEqual(['2']);
  expect(result.omissions).toEqual([
    {
      what: 'test rows',
      count: 1,
      of: 2,
      reason: 'they have no image that can be predicted (unreadable-images: a web page)',
      examples: ['"2"'],
    },
  ]);
  expect(result.patch.entries).toMatchObject([{ action: 'drop', split: 'test', id: '2' }]);
});

test('accepting another check does not help', async () => {
  const accept = ['empty-images', 'exact-duplicates-across-splits'];
  expect(ids(await settle(TEST_BROKEN, { accept }))).toMatchObject({ code: 'dataset-error' });
});

test('a broken training image does not block a test row of the same id', async () => {
  const data = description(['train1', 'empty'], ['test1', 'test2']);
  expect(ids(await settle(data))).toEqual({ train: ['1'], test: ['1', '2'] });
  expect(ids(await settle(data, {}, 'none'))).toMatchObject({ got: '1 training row ("2")' });
  const accept = ['empty-images'];
  expect(ids(await settle(data, { accept }, 'none'))).toEqual({ train: ['1'], test: ['1', '2'] });
});

test('a class that loses its last row goes', async () => {
  const { train } = (await settle(description(['train1', 'empty'], ['test1']))) as UsableRows;
  expect(train.heads[0]!.classes).toEqual(['a']);
});

test('missing test images are left out if that is accepted', async () => {
  const data = description(['train1', 'train2'], ['test1']);
  expect(((await settle(data)) as UsableRows).unpredicted).toEqual([]);
  const accepted = (await settle(data, { accept: ['missing-images'] })) as UsableRows;
  expect(accepted.unpredicted).toEqual(['9']);
});

test('conflicting labels that are accepted stay', async () => {
  const data = description(['train1', 'train1'], ['test1']);
  expect(ids(await settle(data, {}, 'none'))).toMatchObject({ code: 'dataset-error' });
  const accept = ['conflicting-labels'];
  expect(ids(await settle(data, { accept }, 'none'))).toEqual({ train: ['1', '2'], test: ['1'] });
});

test('what is accepted stays, also if checks suggest to drop it', async () => {
  const data = description(['train1', 'train1'], ['test1']);
  const report = await inspectDataset(data, { limits: { rareClass: 0 } });
  const settings = { ...DEFAULTS, patch: 'auto', rareClasses: 'keep' } as const;
  const accept = ['conflicting-labels'];
  expect(settleFindings(data, report, settings).train.rows).toEqual([]);
  expect(ids(settleFindings(data, report, { ...settings, accept }))).toMatchObject({ train: ['1', '2'] });
});
