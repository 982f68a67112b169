import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ManifestRow, writeManifest } from '@podium/dataset';
import { expect, onTestFinished, test } from 'vitest';
import { settingsSchema } from '../settings/schema.ts';
import type { DatasetSummary } from './dataset-summary.ts';
import { foldDecisions } from './fold-decisions.ts';

const row = (id: string, group?: string): ManifestRow => ({
  id,
  labels: { label: 'a' },
  weight: 1,
  provenance: { kind: 'true' },
  image: { kind: 'file', path: id },
  ...(group !== undefined && { group }),
});

async function decisionsOf(
  rows: readonly ManifestRow[],
  {
    layout = 'csv',
    decided = [],
    together = [],
    data = {},
    folds = {},
  }: {
    readonly layout?: string;
    readonly decided?: readonly string[];
    readonly together?: readonly (readonly string[])[];
    readonly data?: object;
    readonly folds?: object;
  } = {},
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'podium-folds-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const train = join(folder, 'train.jsonl');
  await writeManifest(train, { heads: [{ name: 'label', task: 'single-label', classes: ['a', 'b'] }], rows });
  const settings = settingsSchema.parse({ competition: 'x', data: { folder: 'x', ...data }, folds });
  const dataset = {
    format: { layout, decisions: decided.map((key) => ({ key, value: 'none', reason: '' })) },
    findings: { together },
  } as unknown as DatasetSummary;
  const decisions = await foldDecisions(settings, dataset, train);
  return decisions.map(({ key, value, reason }) => `${key}: ${value} (${reason})`);
}

const single = [row('a'), row('b'), row('c')];

test('a run without groups says so plainly', async () => {
  expect(await decisionsOf(single)).toEqual([
    expect.stringMatching(
      /^data\.options\.group: none \(no column is named like a person.*score is too high/,
    ),
    'folds.method: stratified (no groups are used: every image counts as independent)',
  ]);
});

test('a layout without a column for groups says so by its folds', async () => {
  expect(await decisionsOf(single, { layout: 'folders' })).toEqual([
    'folds.method: stratified (no groups are used: every image counts as independent)',
  ]);
});

test('what the layout or the settings say about groups is not said again', async () => {
  for (const options of [{ decided: ['data.options.group'] }, { data: { options: { group: false } } }])
    expect(await decisionsOf(single, options)).toEqual([expect.stringMatching(/^folds\.method/)]);
  expect(await decisionsOf(single, { folds: { method: 'k-fold' }, decided: ['data.options.group'] })).toEqual(
    [],
  );
});

test('groups and copies of an image are why rows stay together', async () => {
  expect(await decisionsOf([row('a', 'p'), row('b', 'p'), row('c', 'q')])).toEqual([
    'folds.method: stratified-group (the rows of a group stay together)',
  ]);
  expect(await decisionsOf(single, { together: [['a', 'b']] })).toContain(
    'folds.method: stratified-group (no groups are used: every image counts as independent; copies of an image (1 set) stay together)',
  );
});
