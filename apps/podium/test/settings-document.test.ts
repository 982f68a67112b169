import type { DataFacts } from '@podium/competition';
import { type Candidate, chooseTraining, settingsSchema } from '@podium/competition';
import { expect, test } from 'vitest';
import { LEFT_OUT, settingsDocument } from './settings-document.ts';

test('docs/settings.md is what the schema says; -u writes it anew', async () => {
  await expect(settingsDocument()).toMatchFileSnapshot('../../../docs/settings.md');
});

test('every key is explained', () => {
  for (const line of settingsDocument().split('\n'))
    if (line.startsWith('| `')) expect(line).not.toMatch(/^\| `\w+` \| {2}\|/);
});

test('what is taken where a key of train is left out is what a run takes', () => {
  const facts: DataFacts = {
    rows: 400,
    testRows: 100,
    groups: 200,
    heads: [{ name: 'class', task: 'single-label', classes: ['a', 'b'] }],
    format: { layout: 'csv', submission: null, missing: 0, kept: 400, side: 173 },
    findings: { findings: [], rows: { train: 400, test: 100, external: 0 }, images: 500, together: [] },
  };
  const settings = settingsSchema.parse({ competition: 'x', data: { folder: 'x' } });
  const fresh: Candidate = { settings: { model: 'small-net' }, weights: undefined };
  const [model] = chooseTraining(settings, [fresh], facts, new Map(), 5, 2).models;
  const taken = model as unknown as Readonly<Record<string, unknown>>;
  const told = Object.entries(LEFT_OUT).flatMap(([path, text]) => {
    const [, key, value] = /^train\.(\w+) `([^`]+)`$/.exec(`${path} ${text}`) ?? [];
    return key === undefined ? [] : [[key, value] as const];
  });
  expect(told.length).toBeGreaterThan(8);
  for (const [key, value] of told) expect([key, String(taken[key])]).toEqual([key, value]);
});
