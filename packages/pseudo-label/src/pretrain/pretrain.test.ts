import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadEngine, memory } from '@podium/engine';
import { type AnyModule, BatchNorm2d, Conv2d, manualSeed, Sequential, stateDict } from '@podium/nn';
import { readSafetensors, writeSafetensors } from '@podium/nn/checkpoint-files';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pictures, Sgd } from '../../test/small-world.ts';
import {
  createPretraining,
  type PretrainingBatch,
  type PretrainSettings,
  pretrain,
  pretrainingTasks,
  type RunState,
} from '../online/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'podium-pretrain-'));
beforeAll(async () => {
  await loadEngine({ backend: 'tensorflow', threads: 2, deterministic: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

function backbone(): AnyModule {
  manualSeed(4);
  return new Sequential({
    conv: new Conv2d(1, 8, 3, { padding: 1, bias: false }),
    norm: new BatchNorm2d(8, { activation: 'relu' }),
  }) as unknown as AnyModule;
}

const { images, shape } = pictures('pretraining', 16);
const brighter = images.map((value) => Math.min(255, value + 20));
const batch: PretrainingBatch = { shape, first: images, second: brighter };

function world(name: string, more: Partial<PretrainSettings> = {}) {
  const model = backbone();
  const task = createPretraining({ name }, { model, features: 8 });
  const optimizer = new Sgd(task.model, 0.1, 0.9);
  const settings: PretrainSettings = {
    task,
    optimizer,
    batches: (from) => Array.from({ length: 12 - from }, () => batch),
    steps: 12,
    seed: 1,
    ...more,
  };
  return {
    settings,
    dispose: () => {
      task.model.dispose();
      optimizer.dispose();
    },
  };
}

describe.each(pretrainingTasks.names())('%s', (name) => {
  test('learns, the same way each time; the backbone comes out alone', async () => {
    const before = memory().tensors;
    const run = async (more: Partial<PretrainSettings> = {}) => {
      const losses: number[] = [];
      const states: RunState[] = [];
      const { settings, dispose } = world(name, {
        checkpoint: { every: 6, save: (state) => void states.push(state) },
        onEvent: (event) => void (event.type === 'step' && losses.push(event.losses.total!)),
        ...more,
      });
      const result = await pretrain(settings);
      dispose();
      return { ...result, losses, states };
    };
    const first = await run();
    expect(first.losses).toHaveLength(12);
    expect(first.losses.at(-1)).toBeLessThan(first.losses[0]!);
    expect([...first.backbone.keys()]).toContain('conv.weight');
    expect([...first.backbone.keys()].filter((path) => /head/.test(path))).toEqual([]);
    expect((await run()).backbone).toEqual(first.backbone);
    expect((await run({ resume: first.states[0]! })).backbone).toEqual(first.backbone);
    expect(memory().tensors).toBe(before);

    const file = join(folder, `${name}.safetensors`);
    await writeSafetensors(file, first.backbone);
    const { tensors } = await readSafetensors(file);
    expect(Object.fromEntries(tensors)).toMatchObject(Object.fromEntries(first.backbone));
  });

  test('its entry says what it is', () => {
    const { summary, reference, defaults } = pretrainingTasks.get(name);
    expect(summary).toMatch(/^\S.{10,90}$/);
    expect(reference).toContain('arXiv');
    expect(() => pretrainingTasks.get(name).create(defaults, 4)).not.toThrow();
  });
});

test('refuses what does not fit', async () => {
  const run = async (name: string, features: number, change: object) => {
    const model = backbone();
    const task = createPretraining({ name }, { model, features });
    const optimizer = new Sgd(task.model, 0.1);
    try {
      await pretrain({
        task,
        optimizer,
        batches: () => [{ ...batch, ...change }],
        steps: 1,
        seed: 1,
      });
    } finally {
      task.model.dispose();
    }
  };
  await expect(run('simclr', 8, { second: undefined })).rejects.toThrow('compares two views');
  await expect(run('simclr', 8, { second: new Uint8Array(3) })).rejects.toThrow('second');
  await expect(run('simclr', 7, {})).rejects.toThrow('leave the classifier out');
  await expect(run('rotation', 8, { shape: [16, 2, 8, 1] })).rejects.toThrow('expected squares');
  expect(() =>
    createPretraining({ name: 'simclr', temperature: 0 }, { model: backbone(), features: 8 }),
  ).toThrow('simclr.temperature');
  expect(stateDict(backbone()).size).toBe(6);
});
