import { appendFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SubmissionRecord } from '@podium/submission';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportRun, runCompetition, type SettingsInput, trainCompetition } from '../src/index.ts';
import { noise, writeLeaves } from '../src/testing/leaves.ts';

/** Twelve images of oaks and elms without groups, one row without a label, four test images; two models. */
let folder: string;
let record: SubmissionRecord;
let page: string;
let trained: string;

const SETTINGS: SettingsInput = {
  competition: 'leaves',
  data: { folder: 'data' },
  metric: 'accuracy',
  folds: { count: 2 },
  threads: 1,
  models: [
    { model: 'small-net', name: 'small', epochs: 1, imageSize: 16, augment: 'light', colors: true },
    { model: 'small-net', name: 'large', epochs: 1, imageSize: 24, augment: 'medium' },
  ],
  ensemble: { method: 'log-loss-weights' },
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podium-report-'));
  await writeLeaves(folder);
  writeFileSync(join(folder, 'data/images/16.png'), await noise(16));
  appendFileSync(join(folder, 'data/train.csv'), '16.png,\n');
  const result = await runCompetition(SETTINGS, { folder });
  record = result.record!;
  page = visible(await readFile(result.paths!.report, 'utf8'));
  const training = await trainCompetition(SETTINGS, { folder });
  const { html } = await reportRun(training.record, { submissions: join(folder, 'submissions') });
  trained = visible(html);
}, 600_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Without scripts and styles. */
function visible(html: string): string {
  return html.replaceAll(/<(script|style)\b[\s\S]*?<\/\1>/g, '');
}

function sectionIds(html: string): string[] {
  return [...html.matchAll(/<section id="([^"]*)"/g)].map(([, id]) => id!);
}

/** As texts are in HTML. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

test('every section that such a run has', () => {
  expect(sectionIds(page)).toEqual([
    'summary',
    'choices',
    'data',
    'models',
    'test',
    'mistakes',
    'confusion',
    'classes',
    'ranking',
    'calibration',
    'labels',
    'looked',
    'curves',
    'ensemble',
    'augmentation',
    'cost',
    'rebuild',
  ]);
  expect(page).not.toMatch(/\bNaN\b|\bundefined\b|\[object /);
});

test('all that was decided and left out, by the record', () => {
  expect(record.decisions.length).toBeGreaterThan(3);
  for (const { key, value, reason } of record.decisions)
    for (const text of [key, value, reason]) expect(page).toContain(escaped(text));
  expect(record.omissions).not.toEqual([]);
  for (const { what, reason } of record.omissions)
    for (const text of [what, reason]) expect(page).toContain(escaped(text));
  // One of thirteen rows is more than a few.
  expect(page).toMatch(/1 of 13 training rows \(8\u00a0%\) are left out/);
});

test('without groups it says so', () => {
  expect(page).toContain('No groups are set');
  expect(page).not.toContain('new to the models');
});

test('each model with its interval, and what the blend gains', () => {
  const [section = ''] = /<section id="models"[\s\S]*?<\/section>/.exec(page) ?? [];
  for (const name of ['small', 'large', 'the blend of all']) expect(section).toContain(name);
  expect(section).toContain('Blend minus model');
  expect(page).not.toContain('is overfitting');
});

test('both pipelines of training, by their steps, with four images each', () => {
  const [section = ''] = /<section id="augmentation"[\s\S]*?<\/section>/.exec(page) ?? [];
  expect(section.match(/<h3>/g)).toHaveLength(2);
  for (const step of ['randomResizedCrop', 'colorJitter', 'randAugment']) expect(section).toContain(step);
  expect(section.match(/class="versions"/g)).toHaveLength(8);
  expect(section.match(/augmented version 5/g)).toHaveLength(8);
});

test('a second run renders nothing, and writes the same bytes; another rebuilds what differs', async () => {
  const stagesOf = async (settings: SettingsInput, name?: string) => {
    const started: string[] = [];
    const result = await runCompetition(settings, {
      folder,
      name,
      onEvent: (event) => {
        if (event.type === 'stage' && event.event.type === 'started') started.push(event.event.name);
      },
    });
    return { started, html: await readFile(result.paths!.report, 'utf8') };
  };
  const again = await stagesOf(SETTINGS);
  expect(again.started).toEqual([]);
  expect(visible(again.html)).toBe(page);
  const renamed = await stagesOf(SETTINGS, 'renamed');
  expect(renamed.started).toEqual(['report']);
  expect(renamed.html).toContain('podium rebuild renamed.run.json');
});

test('a run of "podium train" has a report without a submission', () => {
  const ids = sectionIds(trained);
  for (const id of ['summary', 'choices', 'models', 'confusion', 'ranking']) expect(ids).toContain(id);
  for (const id of ['test', 'rebuild-command']) expect(ids).not.toContain(id);
  expect(trained).not.toContain('The submission</h3>');
  expect(trained).not.toContain('podium rebuild');
  for (const { key } of record.omissions.length > 0 ? record.decisions.slice(0, 3) : [])
    expect(trained).toContain(escaped(key));
});
