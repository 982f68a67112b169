import type { Head, ManifestRow } from '@podium/dataset';
import { expect, test } from 'vitest';
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

const heads: readonly Head[] = [{ name: 'label', task: 'single-label', classes: ['a', 'b'] }];

function decisionsOf(
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
): string[] {
  const settings = settingsSchema.parse({ competition: 'x', data: { folder: 'x', ...data }, folds });
  const dataset = {
    format: { layout, decisions: decided.map((key) => ({ key, value: 'none', reason: '' })) },
    findings: { together },
  } as unknown as DatasetSummary;
  const decisions = foldDecisions(settings, dataset, { heads, rows });
  return decisions.map(({ key, value, reason }) => `${key}: ${value} (${reason})`);
}

const single = [row('a'), row('b'), row('c')];

test('a run without groups says so plainly', () => {
  expect(decisionsOf(single)).toEqual([
    expect.stringMatching(
      /^data\.options\.group: none \(no column is named like a person.*score is too high/,
    ),
    'folds.method: stratified (no groups are used: every image counts as independent)',
  ]);
});

test('a layout without a column for groups says so by its folds', () => {
  expect(decisionsOf(single, { layout: 'folders' })).toEqual([
    'folds.method: stratified (no groups are used: every image counts as independent)',
  ]);
});

test('what the layout or the settings say about groups is not said again', () => {
  for (const options of [{ decided: ['data.options.group'] }, { data: { options: { group: false } } }])
    expect(decisionsOf(single, options)).toEqual([expect.stringMatching(/^folds\.method/)]);
  expect(decisionsOf(single, { folds: { method: 'k-fold' }, decided: ['data.options.group'] })).toEqual([]);
});

test('groups and copies of an image are why rows stay together', () => {
  expect(decisionsOf([row('a', 'p'), row('b', 'p'), row('c', 'q')])).toEqual([
    'folds.method: stratified-group (the rows of a group stay together)',
  ]);
  expect(decisionsOf(single, { together: [['a', 'b']] })).toContain(
    'folds.method: stratified-group (no groups are used: every image counts as independent; copies of an image (1 set) stay together)',
  );
});
