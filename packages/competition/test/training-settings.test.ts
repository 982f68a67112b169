import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashFile, Rng } from '@podium/core';
import { memory } from '@podium/engine';
import { readSafetensors } from '@podium/nn/checkpoint-files';
import { outputsOf } from '@podium/pipeline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CompetitionGraph } from '../src/graph/competition-graph.ts';
import { trainCompetition } from '../src/index.ts';
import { prepareCompetition } from '../src/run/prepare.ts';
import { runProject, withProject } from '../src/run/project.ts';
import { settingsOf } from '../src/run/run-competition.ts';
import type { ModelSettings } from '../src/settings/schema.ts';
import { trainFold } from '../src/stages/train-fold.ts';
import { writeLeaves } from '../src/testing/leaves.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podium-training-settings-'));
  await writeLeaves(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const model = { model: 'small-net', epochs: 3, imageSize: 16, batchSize: 4, method: 'full' } as const;
const common = { competition: 'leaves', data: { folder: 'data' }, folds: { count: 2 }, threads: 1 };

const VARIANTS: Readonly<Record<string, Omit<Partial<ModelSettings>, 'name'>>> = {
  plain: {},
  sampler: { sampler: { name: 'class-balanced', samples: 16 } },
  swa: { swa: 0.5 },
  soup: { soup: 2 },
  gem: { pooling: 'gem' },
  sgd: { optimizer: { name: 'sgd', momentum: 0.9 } },
  step: { schedule: { name: 'step', stepSize: 1, gamma: 0.5 } },
  focal: { loss: { name: 'focal', gamma: 2 } },
  recompute: { recompute: ['features'] },
  norms: { trainable: 'norms' },
  lora: { model: 'vit_tiny_patch16_224', pretrained: false, imageSize: 32, epochs: 1, lora: { rank: 2 } },
  stopped: { earlyStopping: { patience: 1, minDelta: 1, startEpoch: 0 } },
};

test('settings of training reach the training', async () => {
  const models = Object.entries(VARIANTS).map(([name, settings]) => ({ ...model, name, ...settings }));
  const found = await settingsOf({ ...common, train: { augment: 'none' }, models }, { folder });
  const weights = new Map<string, string>();
  const epochs = new Map<string, number>();
  await withProject(found, {}, async (project) => {
    const { config, heads, scoring } = await prepareCompetition(project, { submits: false });
    const { threads, backend, signal } = project;
    const graph = new CompetitionGraph({ settings: found.settings, folder, threads, backend });
    const folds = graph.addFolds(config.folds);
    graph.addTraining(config, heads, { pseudoLabels: false, userStages: [], scoring });
    const built = graph.build();
    const report = await runProject(project, built, [graph.data.name, folds.name]);
    const { train, test } = outputsOf(report, graph.data);
    for (const name of Object.keys(VARIANTS)) {
      const node = built.nodes.find((one) => one.name.startsWith(`train[${name},`))!;
      const outputFolder = join(folder, 'trained', name);
      const path = (output: string) => join(outputFolder, output);
      await mkdir(path('work'), { recursive: true });
      await trainFold.run({
        settings: trainFold.settings.parse(node.settings),
        inputs: {
          data: join(folder, 'data'),
          train,
          test,
          folds: outputsOf(report, folds).folds,
          weights: undefined,
          modelCode: undefined,
          transformCode: undefined,
          teacher: undefined,
          external: [],
          extra: [],
        },
        outputs: {
          weights: path('weights'),
          oof: path('oof'),
          test: path('test'),
          history: path('history'),
          teacher: path('teacher'),
        },
        outputFolder,
        scratchFolder: path('work'),
        workFolder: path('work'),
        signal,
        report: () => {},
        rng: Rng.fromSeed('same for all'),
      });
      weights.set(name, await hashFile(path('weights')));
      // Its process may run other stages, so it must leave nothing behind.
      expect(memory().tensors, name).toBe(0);
      const lines = (await readFile(path('history'), 'utf8')).trimEnd().split('\n');
      epochs.set(name, lines.length - 1);
      expect(existsSync(path('teacher'))).toBe(true);
    }
  });
  // Gradient checkpointing computes the same bits in less memory; each of the others trains another network.
  expect(weights.get('recompute')).toBe(weights.get('plain'));
  expect(new Set(weights.values()).size).toBe(weights.size - 1);
  expect(epochs.get('stopped')).toBeLessThan(epochs.get('plain')!);
  // Updates of low rank are merged: the file is that of the model.
  const { tensors } = await readSafetensors(join(folder, 'trained', 'lora', 'weights'));
  expect(tensors.has('blocks.0.attn.qkv.weight')).toBe(true);
  expect([...tensors.keys()].filter((key) => /lora|base/.test(key))).toEqual([]);
}, 600_000);

test('trackers record each training, and one that fails is told once', async () => {
  const trackers = ['tensorboard', 'wandb', { name: 'mlflow', url: 'http://127.0.0.1:9' }];
  const warnings: string[] = [];
  const given = { ...common, trackers, models: [model] };
  const { record } = await trainCompetition(given, {
    folder,
    onEvent: (event) => {
      if (event.type === 'warning' && event.code === 'tracker-failed') warnings.push(event.message);
    },
  });
  expect(warnings).toEqual([expect.stringMatching(/^the tracker mlflow failed .*127\.0\.0\.1:9/s)]);
  expect(await readFile(record, 'utf8')).not.toContain('trackers');
  const files = await readdir(join(folder, '.podium'), { recursive: true });
  const events = files.filter((file) => file.includes('tfevents'));
  expect(events.length).toBeGreaterThanOrEqual(2);
  const text = await readFile(join(folder, '.podium', events[0]!), 'latin1');
  expect(text).toContain('train/loss');
  expect(text).toContain('validation/');
  expect(files.filter((file) => file.endsWith('.wandb'))).toHaveLength(2);
  // From the store, without training: the records are recorded already, or made from the histories.
  await trainCompetition(
    { ...common, trackers: [{ name: 'mlflow', folder: 'mlruns' }], models: [model] },
    { folder },
  );
  const runs = (await readdir(join(folder, 'mlruns'), { recursive: true })).filter((file) =>
    file.endsWith('metrics/epoch/train_loss'),
  );
  expect(runs).toHaveLength(2);
  const lines = (await readFile(join(folder, 'mlruns', runs[0]!), 'utf8')).trim().split('\n');
  expect(lines.length).toBeGreaterThan(0);
}, 600_000);
