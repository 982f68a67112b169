import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Decision, Rng } from '@podium/core';
import { outputsOf } from '@podium/pipeline';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readJsonFile } from '../src/artifacts/json.ts';
import { trainCompetition } from '../src/index.ts';
import { prepareCompetition } from '../src/run/prepare.ts';
import { runProject, withProject } from '../src/run/project.ts';
import { settingsOf } from '../src/run/run-competition.ts';
import type { ScoreReport } from '../src/stages/score.ts';

/*
 * 34 images of 64 pixels with a square on the left or on the right: mirrored, each is one of the other class. Two folds of 17
 * images: in batches of 4, a last image alone is left out.
 */
const SIDE = 64;
const COUNT = 34;
const EPOCHS = 12;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podium-squares-'));
  const images = join(folder, 'data', 'images');
  mkdirSync(images, { recursive: true });
  const lines = ['id,label'];
  for (let i = 0; i < COUNT; i++) {
    const rng = Rng.fromSeed('squares').split(i);
    const isLeft = i % 2 === 0;
    const raw = Uint8Array.from({ length: SIDE * SIDE * 3 }, () => 60 + rng.int(30));
    const [left, top] = [(isLeft ? 4 : 40) + rng.int(8), 8 + rng.int(32)];
    for (let y = 0; y < 12; y++)
      raw.fill(230, ((top + y) * SIDE + left) * 3, ((top + y) * SIDE + left + 12) * 3);
    const png = await sharp(raw, { raw: { width: SIDE, height: SIDE, channels: 3 } })
      .png()
      .toBuffer();
    writeFileSync(join(images, `${i}.png`), png);
    lines.push(`${i}.png,${isLeft ? 'left' : 'right'}`);
  }
  writeFileSync(join(folder, 'data', 'train.csv'), `${lines.join('\n')}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const common = {
  competition: 'squares',
  data: { folder: 'data' },
  metric: 'accuracy',
  folds: { count: 2 },
  threads: 2,
};

test('squares on the left and on the right are told apart, since nothing mirrors them unasked', async () => {
  // Crops would move the squares.
  const quick = { epochs: EPOCHS, imageSize: 24, batchSize: 4, augment: 'none' } as const;
  const models = [
    { model: 'small-net', name: 'usual', ...quick },
    { model: 'small-net', name: 'binary', ...quick, loss: 'binary-cross-entropy' },
  ];
  const found = await settingsOf({ ...common, preset: 'good', models }, { folder });
  const decisions: Decision[] = [];
  await withProject(
    found,
    { onEvent: (event) => void (event.type === 'decision' && decisions.push(event.decision)) },
    async (project) => {
      const { graph } = await prepareCompetition(project, { submits: false });
      const wanted = graph.nodes.filter(({ name }) => name === 'score' || name.startsWith('train['));
      const report = await runProject(
        project,
        graph,
        wanted.map(({ name }) => name),
      );
      const score = await readJsonFile<ScoreReport>(outputsOf(report, 'score').score!);
      expect(score.score).toBe(1);
      // 17 images in batches of 4 are four steps per epoch, of which the last of all is near 0.
      const history = outputsOf(report, wanted.find(({ name }) => name.startsWith('train[usual'))!.name)
        .history!;
      const rows = (await readFile(history, 'utf8')).trimEnd().split('\n').slice(1);
      const [, steps, rate] = rows.at(-1)!.split(',').map(Number);
      expect(steps).toBe(4 * EPOCHS);
      expect(rate! / 0.002).toBeLessThan(0.01);
    },
  );
  const views = decisions.find(({ key }) => key === 'usual: views');
  expect(views).toMatchObject({
    value: 'whole',
    reason: expect.stringMatching(/^preset good; no mirrored view/),
  });
}, 600_000);

test('where it is left open, mirroring is measured', async () => {
  const found = await settingsOf({ ...common, preset: 'good', models: ['small-net'] }, { folder });
  await withProject(found, {}, async (project) => {
    const { config } = await prepareCompetition(project, { submits: false });
    expect(config.models[0]).toMatchObject({ augment: 'medium', flip: false, views: ['whole'] });
    const { reason } = config.decisions.find(({ key }) => key === 'small-net: flip')!;
    expect(reason).toMatch(
      /^mirrored images lose their classes: a simple classifier is right on (9\d|100) % of 34/,
    );
  });
}, 600_000);

test.each([
  [{ loss: 'focal', labelSmoothing: 0.1 }, 'train.labelSmoothing: the loss "focal" has no label smoothing'],
  [
    { sampler: { name: 'class-balanced', head: 'size' } },
    'train.sampler: "class-balanced" is for a head with one class',
  ],
  [{ loss: { name: 'binary-cross-entropy', positiveWeights: [1, 2, 3] } }, 'train.loss.positiveWeights'],
  [
    { loss: 'bi-tempered', labelSmoothing: 1 },
    'train.labelSmoothing: loss "bi-tempered": expected a number < 1, got 1',
  ],
])('%j is rejected before anything is trained', async (train, message) => {
  const phases: string[] = [];
  await expect(
    trainCompetition(
      { ...common, train, models: ['small-net'] },
      { folder, onEvent: (event) => void (event.type === 'phase' && phases.push(event.phase)) },
    ),
  ).rejects.toThrow(message);
  expect(phases).toEqual(['reading-data']);
});
