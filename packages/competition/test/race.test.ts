import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Rng } from '@podium/core';
import { loadEngine } from '@podium/engine';
import { createModel } from '@podium/model-zoo';
import { stateDict } from '@podium/nn';
import { writeSafetensors } from '@podium/nn/checkpoint-files';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type CompetitionEvent,
  type CompetitionResult,
  rebuildSubmission,
  runCompetition,
  type SettingsInput,
} from '../src/index.ts';
import { raceReport } from '../src/race/race-report.ts';

/* Squares of three colors in groups of three images: a network learns them in a few steps. */
const COLORS = { red: [220, 60, 50], green: [60, 200, 80], blue: [60, 80, 220] } as const;
const SIDE = 40;
const GROUPS = 30;
const TEST_IMAGES = 6;

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'podium-race-')));
  const data = join(folder, 'data');
  mkdirSync(join(data, 'images'), { recursive: true });
  const names = Object.keys(COLORS) as (keyof typeof COLORS)[];
  const [train, sample] = [['id,scene,label'], ['id,label']];
  for (let i = 0; i < 3 * GROUPS + TEST_IMAGES; i++) {
    const name = names[Math.floor(i / 3) % names.length]!;
    writeFileSync(join(data, 'images', `${i}.png`), await square(i, COLORS[name]));
    if (i < 3 * GROUPS) train.push(`${i}.png,scene-${Math.floor(i / 3)},${name}`);
    else sample.push(`${i}.png,red`);
  }
  writeFileSync(join(data, 'train.csv'), `${train.join('\n')}\n`);
  writeFileSync(join(data, 'sample_submission.csv'), `${sample.join('\n')}\n`);
  await loadEngine();
  const model = await createModel('mobilenetv3_small_050', { numClasses: 7, seed: 3 });
  await writeSafetensors(join(folder, 'net.safetensors'), stateDict(model), {});
  model.dispose();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function square(seed: number, color: readonly number[]): Promise<Buffer> {
  const rng = Rng.fromSeed('race').split(seed);
  const raw = Uint8Array.from({ length: SIDE * SIDE * 3 }, () => 90 + rng.int(60));
  const [left, top] = [rng.int(SIDE - 16), rng.int(SIDE - 16)];
  for (let y = top; y < top + 16; y++)
    for (let x = left; x < left + 16; x++) raw.set(color, (y * SIDE + x) * 3);
  return await sharp(raw, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .png()
    .toBuffer();
}

const settings: SettingsInput = {
  competition: 'squares',
  data: { folder: 'data', options: { group: 'scene' } },
  preset: 'fast',
  threads: 2,
  // Trials take ten seconds each at least, so this is as short as a race can be.
  timeLimit: '40 s',
  recipes: ['probe', 'fine-tune', 'fresh'],
  models: [{ model: 'mobilenetv3_small_050', pretrained: 'net.safetensors' }],
  train: { imageSize: 48 },
};

async function run(): Promise<{ result: CompetitionResult; events: CompetitionEvent[] }> {
  const events: CompetitionEvent[] = [];
  const result = await runCompetition(settings, { folder, onEvent: (event) => events.push(event) });
  return { result, events };
}

test('a race that was stopped after its first round ends with what is there, and trains nothing more', {
  timeout: 300_000,
}, async () => {
  const own = { ...settings, competition: 'stopped', report: false };
  const stop = new AbortController();
  const stopped = runCompetition(own, {
    folder,
    signal: stop.signal,
    onEvent: (event) => {
      if (event.type === 'race' && event.row.kind !== 'frozen') stop.abort(new Error('stopped'));
    },
  });
  await expect(stopped).rejects.toThrow('stopped');

  const events: CompetitionEvent[] = [];
  const { record, lint } = await runCompetition(own, {
    folder,
    finish: true,
    onEvent: (event) => events.push(event),
  });
  expect(lint.ok).toBe(true);
  const race = raceReport.parse(record!.race);
  expect(race.ended).toBe('it was ended early');
  expect(race.finals.map(({ recipe }) => recipe)).toEqual(['probe']);
  const ran = events.flatMap((event) =>
    event.type === 'stage' && event.event.type === 'started' ? [event.event.name] : [],
  );
  expect(ran.filter((name) => /^(try|train)\[/.test(name))).toEqual([]);
});

/* What the stopped race has tried is in the store. */
test('recipes race on a fold that no score counts; a second run and a rebuild repeat its decisions', {
  timeout: 300_000,
}, async () => {
  const { result, events } = await run();
  expect(result.lint.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  const record = result.record!;
  const race = raceReport.parse(record.race);
  const tried = race.rows.filter(({ score }) => score !== undefined);
  expect(tried.map(({ recipe }) => recipe)).toContain('probe');
  expect(tried.some(({ kind }) => kind !== 'frozen')).toBe(true);
  for (const { reason } of race.rows) expect(reason).toMatch(/\w/);
  expect(events.filter(({ type }) => type === 'race')).toHaveLength(race.rows.length);

  // The fold of the trials is neither trained nor scored.
  const [final] = race.finals;
  expect(final!.folds.length).toBeGreaterThan(0);
  expect(final!.folds).not.toContain(race.fold);
  expect(record.score!.folds.map(({ fold }) => fold)).toEqual(final!.folds);
  const names = record.stages.instances.map(({ name }) => name);
  expect(names.filter((name) => name.startsWith('try['))).toEqual([]);
  expect(names.some((name) => name.includes(`fold=${race.fold}`))).toBe(false);
  expect(record.decisions.map(({ key }) => key)).toContain('recipes');
  expect(await readFile(result.paths!.report, 'utf8')).toContain('Ways to train were tried on fold 0');

  const again = await run();
  expect(again.result.record).toEqual(record);
  const ran = again.events.filter((event) => event.type === 'stage' && event.event.type === 'started');
  expect(ran).toEqual([]);

  const rebuilt = await rebuildSubmission(result.paths!.record, { store: 'fresh' });
  expect(Buffer.from(rebuilt.bytes)).toEqual(await readFile(result.paths!.csv));
});

test('nothing can be submitted of a race that has tried nothing, or of settings that do not race', async () => {
  const end = (own: SettingsInput) =>
    runCompetition(own, { folder, store: join(folder, 'empty-store'), finish: true });
  await expect(end({ ...settings, recipes: ['fresh'], models: undefined })).rejects.toThrow(
    /nothing has been tried/,
  );
  await expect(end({ ...settings, recipes: undefined, timeLimit: 'none' })).rejects.toThrow(/no race to end/);
});
