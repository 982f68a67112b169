import { join } from 'node:path';
import { loadEngine, memory } from '@podium/engine';
import { type AnyModule, BatchNorm2d, Conv2d, manualSeed, Sequential, stateDict } from '@podium/nn';
import { readSafetensors, writeSafetensors } from '@podium/nn/checkpoint-files';
import { type BatchSource, createCheckpointStore } from '@podium/training';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeImages } from '../../test/small-world.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import {
  createPretraining,
  type PretrainSettings,
  pretrain,
  pretrainingTasks,
  type ViewBatch,
} from '../index.ts';

beforeAll(async () => {
  await loadEngine({ backend: 'tensorflow', threads: 2, deterministic: true });
});

function makeBackbone(): AnyModule {
  manualSeed(4);
  return new Sequential({
    conv: new Conv2d(1, 8, 3, { padding: 1, bias: false }),
    norm: new BatchNorm2d(8, { activation: 'relu' }),
  }) as unknown as AnyModule;
}

const { images, shape } = makeImages('pretraining', 16);
const brighter = images.map((value) => Math.min(255, value + 20));

/** The same batch in every step. */
function batches(epochs: number, changes: Partial<ViewBatch> = {}) {
  return (state: unknown): BatchSource<ViewBatch> => {
    let done = (state as number | undefined) ?? 0;
    const steps = 4;
    return {
      state: () => done,
      steps: () => steps,
      async *[Symbol.asyncIterator]() {
        while (done < epochs * steps) {
          const [epoch, step] = [Math.floor(done / steps), done % steps];
          done++;
          const views = Uint8Array.from([...images, ...brighter]);
          yield {
            images: views,
            shape: [2 * shape[0], 4, 4, 1],
            views: 2,
            epoch,
            step,
            steps,
            ...changes,
          } as ViewBatch;
        }
      },
    };
  };
}

function world(name: string, changes: Partial<PretrainSettings> = {}) {
  const task = createPretraining({ name }, { model: makeBackbone(), features: 8 });
  const settings: PretrainSettings = {
    task,
    optimizer: { name: 'sgd', learningRate: 0.1, momentum: 0.9 },
    batches: batches(3),
    epochs: 3,
    seed: 1,
    ...changes,
  };
  return { settings, dispose: () => task.model.dispose() };
}

describe.each(pretrainingTasks.names())('%s', (name) => {
  test('learns, the same way each time, resumed or not; the backbone comes out alone', async () => {
    const before = memory().tensors;
    const run = async (changes: Partial<PretrainSettings> = {}) => {
      const losses: number[] = [];
      const { settings, dispose } = world(name, {
        onEvent: (event) => void (event.type === 'step' && losses.push(event.loss)),
        ...changes,
      });
      const result = await pretrain(settings);
      dispose();
      return { ...result, losses };
    };
    const first = await run();
    expect(first).toMatchObject({ reason: 'done', steps: 12, epochs: 3 });
    expect(first.losses).toHaveLength(12);
    expect(first.losses.at(-1)).toBeLessThan(first.losses[0]!);
    expect([...first.backbone.keys()]).toContain('conv.weight');
    expect([...first.backbone.keys()].filter((path) => /head/.test(path))).toEqual([]);
    expect((await run()).backbone).toEqual(first.backbone);

    const checkpoints = createCheckpointStore({ folder: temporaryFolder() });
    const stopped = await run({ checkpoints, maxSteps: 5 });
    expect(stopped).toMatchObject({ reason: 'steps', unfinished: true });
    const resumed = await run({ checkpoints });
    expect(resumed).toMatchObject({ reason: 'done', steps: 12, history: first.history });
    expect(resumed.backbone).toEqual(first.backbone);
    expect(memory().tensors).toBe(before);

    const file = join(temporaryFolder(), `${name}.safetensors`);
    await writeSafetensors(file, first.backbone);
    const { tensors } = await readSafetensors(file);
    expect(Object.fromEntries(tensors)).toMatchObject(Object.fromEntries(first.backbone));
  });

  test('its entry says what it is', () => {
    const { summary, reference, settings } = pretrainingTasks.get(name);
    expect(summary).toMatch(/^[A-Z].{10,90}\.$/);
    expect(reference).toContain('arXiv');
    expect(() => pretrainingTasks.get(name).create(settings.parse({}), 4)).not.toThrow();
  });
});

test('rejects what does not fit', async () => {
  const run = async (name: string, features: number, changes: Partial<ViewBatch>) => {
    const task = createPretraining({ name }, { model: makeBackbone(), features });
    try {
      const optimizer = { name: 'sgd', learningRate: 0.1 } as const;
      await pretrain({ task, optimizer, batches: batches(1, changes), epochs: 1, seed: 1 });
    } finally {
      task.model.dispose();
    }
  };
  await expect(run('simclr', 8, { views: 1 })).rejects.toThrow('compares two views');
  await expect(run('simclr', 8, { images: new Uint8Array(6) })).rejects.toThrow('images of a batch');
  await expect(run('simclr', 7, {})).rejects.toThrow('leave the classifier out');
  await expect(run('rotation', 8, { shape: [32, 2, 8, 1] })).rejects.toThrow('expected squares');
  expect(() =>
    createPretraining({ name: 'simclr', temperature: 0 }, { model: makeBackbone(), features: 8 }),
  ).toThrow('temperature: pretraining "simclr"');
  expect(stateDict(makeBackbone()).size).toBe(6);
});
