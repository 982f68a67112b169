import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layouts } from '@podium/dataset';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type CompetitionEvent, type CompetitionResult, runCompetition } from '../src/index.ts';
import { settingsSchema } from '../src/settings/schema.ts';
import { noise, writeLeaves } from '../src/testing/leaves.ts';
import { answer } from './cases/answer.ts';
import { CaseFolder, lines } from './cases/case-folder.ts';
import { openOptions } from './silence/open-options.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'podium-silence-')));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('what settings of layouts leave open is told', () => {
  const covered = new Set<unknown>();
  for (const { name, settings } of layouts) {
    const { folders, constant = [] } = openOptions[name] ?? { folders: [] };
    for (const key of [
      ...constant,
      ...folders.flatMap(({ tells = {}, asks = [] }) => [...Object.keys(tells), ...asks]),
    ])
      covered.add(settings.shape[key]);
  }
  test.each(layouts.names())('%s: every setting, those that layouts share once', (name) => {
    const { shape } = layouts.get(name).settings;
    expect(Object.keys(shape).filter((key) => !covered.has(shape[key]))).toEqual([]);
  });

  const all = Object.entries(openOptions).flatMap(([layout, { folders }]) =>
    folders.map((folder) => [layout, folder.what, folder] as const),
  );
  test.each(all)('%s: %s', async (layout, what, { draw, tells = {}, asks = [], settings }) => {
    const folder = new CaseFolder(join(root, `${layout}-${what}`.replaceAll(/\W+/g, '-')));
    await draw(folder);
    await folder.settings('silence', settings);
    const { decisions, refused, told } = await answer(folder.path, true);
    if (asks.length > 0) {
      for (const key of asks) expect(refused).toContain(`data.options.${key}`);
      return;
    }
    expect(refused).toBeUndefined();
    expect(decisions).toContainEqual({
      key: 'data.layout',
      value: layout,
      reason: expect.stringMatching(/./),
    });
    const found = Object.fromEntries(
      Object.keys(tells).map((key) => [
        key,
        decisions.find((own) => own.key === `data.options.${key}`)?.value,
      ]),
    );
    const wanted = Object.fromEntries(
      Object.entries(tells).map(([key, value]) => [key, expect.stringMatching(value)]),
    );
    expect(found, told).toEqual(wanted);
    for (const { key, reason } of decisions) expect(reason, key).toMatch(/\w/);
  });
});

/** Settings that do nothing where they are left open, or whose effect is told where it happens. */
const OFF: Readonly<Record<string, string>> = {
  'data.leaveOut': 'omissions are told, and too many are an error',
  'data.options': 'each layout tells its own',
  'data.range': 'told where an image has more than 8 bits',
  'heads.combine': 'no head is combined',
  'heads.weights': 'each weighs 1',
  pseudo: 'there are no pseudo labels',
  licenses: 'any is allowed, and those that restrict use are told',
  executor: 'this machine computes, as ever',
  trackers: 'TensorBoard records the trainings, which changes no result',
};

describe('what a run leaves open, chooses and leaves out', () => {
  const folder = join(root, 'whole');
  const events: CompetitionEvent[] = [];
  let result: CompetitionResult;

  beforeAll(async () => {
    await writeLeaves(folder);
    const data = join(folder, 'data');
    // Two heads, a row without a label, an image that no row names, a file that is not an image, external copies.
    const table = readFileSync(join(data, 'train.csv'), 'utf8').trimEnd().split('\n').slice(1);
    const rows = table.map((row, i) => `${row},${i % 3 ? 'leaf' : 'bark'}`);
    writeFileSync(join(data, 'train.csv'), lines('id,label,part', ...rows, '20.png,,leaf'));
    const sample = readFileSync(join(data, 'sample_submission.csv'), 'utf8').trimEnd().split('\n').slice(1);
    writeFileSync(
      join(data, 'sample_submission.csv'),
      lines('id,label,part', ...sample.map((row) => `${row},leaf`)),
    );
    writeFileSync(join(data, 'images/20.png'), await noise('no label'));
    writeFileSync(join(data, 'images/extra.png'), await noise('extra'));
    for (const name of ['a', 'b', 'c', 'd']) {
      mkdirSync(join(folder, 'web'), { recursive: true });
      writeFileSync(join(folder, 'web', `${name}.png`), await noise(name));
    }
    writeFileSync(join(folder, 'web/copy.png'), readFileSync(join(data, 'images/1.png')));
    writeFileSync(join(folder, 'web/broken.png'), 'no image');
    result = await runCompetition(
      {
        competition: 'leaves',
        data: { folder: 'data' },
        external: [{ name: 'web', folder: 'web' }],
        preset: 'fast',
        timeLimit: '20 s',
        report: false,
        train: { epochs: 1 },
      },
      { folder, onEvent: (event) => void events.push(event) },
    );
  }, 300_000);

  test('is in the record as it was told', () => {
    const { decisions, omissions } = result.record!;
    expect(decisions).toEqual(events.flatMap((event) => (event.type === 'decision' ? [event.decision] : [])));
    expect(omissions).toEqual(events.flatMap((event) => (event.type === 'omission' ? [event.omission] : [])));
    const left = omissions.map(({ what, count, reason }) => `${count} ${what}: ${reason}`);
    expect(left).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^1 images: no row names them/),
        expect.stringMatching(/^1 images of web: they cannot be read/),
        expect.stringMatching(/^1 images of web: they are the same as an image of the training set/),
        expect.stringMatching(/^1 training rows: .*label/),
      ]),
    );
  });

  test('every setting has a value in the record, or a decision, or no effect', () => {
    const { settings, decisions } = result.record!;
    const silent = leavesOf(settingsSchema.shape).filter((path) => {
      const value = path
        .split('.')
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], settings);
      return value === undefined && !decisions.some(({ key }) => key === path);
    });
    expect(silent.sort()).toEqual(Object.keys(OFF).sort());
  });
});

/** Paths of all settings; those of training, which the recipe's own test covers, count as one. */
function leavesOf(shape: Readonly<Record<string, unknown>>, prefix = ''): string[] {
  return Object.entries(shape).flatMap(([key, schema]) => {
    let inner = schema as z.ZodType;
    while (inner instanceof z.ZodPrefault) inner = inner.unwrap() as z.ZodType;
    const path = `${prefix}${key}`;
    return inner instanceof z.ZodObject && path !== 'train' ? leavesOf(inner.shape, `${path}.`) : [path];
  });
}
