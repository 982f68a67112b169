import { expect, test } from 'vitest';
import { recipe } from '../src/recipe/recipe.ts';
import { type ModelCandidate, resolveConfig } from '../src/recipe/resolve-config.ts';
import type { DatasetSummary } from '../src/run/dataset-summary.ts';
import { settingsSchema } from '../src/settings/schema.ts';
import { settingsDocument } from './settings-document.ts';

test('docs/settings.md is what the schema says; -u rewrites it', async () => {
  await expect(settingsDocument()).toMatchFileSnapshot('../../../docs/settings.md');
});

test('every key is explained', () => {
  for (const line of settingsDocument().split('\n'))
    if (line.startsWith('| `')) expect(line).not.toMatch(/^\| `\w+` \| {2}\|/);
});

test('the defaults that the document names are those that a run takes', () => {
  const dataset: DatasetSummary = {
    rows: 400,
    testRows: 100,
    groups: 200,
    heads: [{ name: 'class', task: 'single-label', classes: ['a', 'b'] }],
    format: {
      layout: 'csv',
      submission: null,
      missing: 0,
      kept: 400,
      decisions: [],
      omissions: [],
      side: 173,
      unpredicted: [],
      ranges: {},
    },
    findings: { findings: [], rows: { train: 400, test: 100, external: 0 }, images: 500, together: [] },
  };
  const settings = settingsSchema.parse({ competition: 'x', data: { folder: 'x' } });
  const candidates: ModelCandidate[] = [{ settings: { model: 'small-net' }, weights: undefined }];
  const given = { settings, candidates, dataset, measured: new Map(), folds: 5, cores: 2 };
  const [model] = resolveConfig(given).models;
  const named = Object.entries(recipe).flatMap(([key, { schema }]) => {
    const [, value] = /^`([^`]+)`$/.exec(String(schema.meta()?.default)) ?? [];
    return value === undefined ? [] : [[key, value] as const];
  });
  expect(named.length).toBeGreaterThan(8);
  for (const [key, value] of named)
    expect([key, String(model![key as keyof typeof model])]).toEqual([key, value]);
});
