import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StateTensor } from '@podium/nn';
import { mountDisk, withDisks } from '@podium/test-kit/disks';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import type { HistoryRow } from '../history/index.ts';
import type { TrainingCheckpoint } from './checkpoint.ts';
import { createCheckpointStore } from './checkpoint-store.ts';

function tensor(values: number): StateTensor {
  return { dtype: 'float32', shape: [values], data: new Float32Array(values).fill(values / 7) };
}

function checkpoint(step: number, loss?: number, values = 5): TrainingCheckpoint {
  const row: HistoryRow = { epoch: 0, step, learningRate: 0.1, metrics: loss === undefined ? {} : { loss } };
  return {
    weights: new Map([['fc.weight', tensor(values)]]),
    optimizer: {
      tensors: new Map([['fc.weight.exp_avg', tensor(values)]]),
      numbers: { optimizer: 'adam', learningRate: 0.1, parameters: { 'fc.weight': { steps: step } } },
    },
    average: {
      tensors: new Map([['fc.weight', tensor(values)]]),
      numbers: { average: 'ema', updates: step },
    },
    schedule: { schedule: 'cosine', numbers: {} },
    loader: { epoch: 0, step },
    freeze: { frozen: ['stem.weight'], frozenStatistics: ['norm'] },
    rates: { 'fc.weight': 0.5 },
    progress: {
      step,
      batch: step,
      epoch: 0,
      epochDone: false,
      lossSum: 1.25,
      lossCount: 2,
      seconds: 3,
      mixing: true,
      seed: 'seed',
      history: [row],
    },
  };
}

const steps = (list: readonly { step: number }[]) => list.map(({ step }) => step);

test('comes back as it was saved', async () => {
  const store = createCheckpointStore({ folder: join(temporaryFolder(), 'new') });
  const folder = await store.save(checkpoint(3));
  expect((await store.loadLast())?.folder).toBe(folder);
  expect((await store.loadLast())?.checkpoint).toEqual(checkpoint(3));
  expect(readdirSync(store.folder)).toEqual(['checkpoint-000001']);
});

test('comes back with a second learner and the state of a task', async () => {
  const store = createCheckpointStore({ folder: temporaryFolder() });
  const { weights, optimizer, freeze } = checkpoint(4);
  const whole: TrainingCheckpoint = {
    ...checkpoint(3),
    learners: { teacher: { weights, optimizer, freeze } },
    task: { tensors: new Map([['selected', tensor(2)]]), numbers: { baseline: 0.1 } },
  };
  const folder = await store.save(whole);
  expect((await store.loadLast())?.checkpoint).toEqual(whole);
  expect(readdirSync(folder)).toContain('teacher-optimizer.safetensors');
  flip(join(folder, 'task.safetensors'));
  await expect(store.loadLast()).rejects.toThrow(/all 1 checkpoints are damaged/);
});

test('a folder without checkpoints has none', async () => {
  const store = createCheckpointStore({ folder: join(temporaryFolder(), 'none') });
  expect(await store.loadLast()).toBeUndefined();
  expect(await store.best()).toBeUndefined();
});

describe('what is kept', () => {
  test('the newest and the best, by a loss', async () => {
    const store = createCheckpointStore({ folder: temporaryFolder(), keepLast: 2, keepBest: 2 });
    for (const [step, loss] of [0.5, 0.2, 0.9, 0.4, 0.8, 0.7].entries())
      await store.save(checkpoint(step, loss));
    expect(steps(await store.list())).toEqual([1, 3, 4, 5]);
    expect((await store.best())?.metric).toBe(0.2);
  });

  test('what is better is asked, except for losses', () => {
    const folder = temporaryFolder();
    for (const monitor of ['brier', 'ece', 'hamming', 'accuracy', 'log-loss', 'my-loss']) {
      expect(() => createCheckpointStore({ folder, monitor })).toThrow(
        `mode: whether a lower or a higher value of "${monitor}" is better: expected min|max`,
      );
      expect(createCheckpointStore({ folder, monitor, mode: 'min' }).mode).toBe('min');
    }
    for (const monitor of ['loss', 'mask/loss'])
      expect(createCheckpointStore({ folder, monitor }).mode).toBe('min');
  });

  test('a higher score is better, and a checkpoint that was not judged is no best one', async () => {
    const store = createCheckpointStore({
      folder: temporaryFolder(),
      keepLast: 1,
      monitor: 'accuracy',
      mode: 'max',
    });
    const judged = checkpoint(1, 1);
    const [row] = judged.progress.history;
    const scored = {
      ...judged,
      progress: { ...judged.progress, history: [{ ...row, metrics: { accuracy: 0.6 } }] },
    } as TrainingCheckpoint;
    await store.save(scored);
    // Its row is of an older step.
    await store.save({ ...scored, progress: { ...scored.progress, step: 2 } });
    await store.save({ ...scored, progress: { ...scored.progress, step: 3 } });
    expect(steps(await store.list())).toEqual([1, 3]);
  });
});

describe('a damaged checkpoint is found, and the one before it used', () => {
  const damages: [string, (folder: string) => void][] = [
    ['cut', (folder) => truncateSync(join(folder, 'optimizer.safetensors'), 60)],
    ['a flipped bit', (folder) => flip(join(folder, 'weights.safetensors'))],
    ['a flipped bit in the state', (folder) => flip(join(folder, 'state.json'))],
    ['a missing file', (folder) => rmSync(join(folder, 'average.safetensors'))],
    ['a manifest of another kind', (folder) => writeFileSync(join(folder, 'manifest.json'), '{"version":9}')],
    ['a manifest cut off', (folder) => truncateSync(join(folder, 'manifest.json'), 20)],
    ['no manifest', (folder) => rmSync(join(folder, 'manifest.json'))],
  ];

  test.each(damages)('%s', async (_, damage) => {
    const store = createCheckpointStore({ folder: temporaryFolder() });
    await store.save(checkpoint(1));
    const last = await store.save(checkpoint(2));
    damage(last);
    const told: string[] = [];
    const found = await store.loadLast((folder, { code }) => told.push(`${folder} ${code}`));
    expect(found?.checkpoint.progress.step).toBe(1);
    expect(told).toEqual([
      expect.stringMatching(/checkpoint-000002 (training-checkpoint-damaged|file-not-found)$/),
    ]);
    // A new one comes after it, whatever became of that.
    expect(await store.save(checkpoint(3))).toMatch(/checkpoint-000003$/);
  });

  test('all damaged is an error', async () => {
    const store = createCheckpointStore({ folder: temporaryFolder() });
    flip(join(await store.save(checkpoint(1)), 'state.json'));
    await expect(store.loadLast()).rejects.toThrow(/all 1 checkpoints are damaged/);
  });
});

test('what a killed process left half-written is no checkpoint, and goes with the next save', async () => {
  const store = createCheckpointStore({ folder: temporaryFolder() });
  const dead = spawnSync('true').pid;
  mkdirSync(join(store.folder, `.saving-${dead}-1`));
  mkdirSync(join(store.folder, '.saving-1-7'));
  writeFileSync(join(store.folder, `.saving-${dead}-1`, 'weights.safetensors'), 'x');
  expect(await store.loadLast()).toBeUndefined();
  await store.save(checkpoint(1));
  // The process 1 lives.
  expect(readdirSync(store.folder).sort()).toEqual(['.saving-1-7', 'checkpoint-000001']);
});

test(
  'a full disk loses nothing, and saves again when there is room',
  withDisks(async () => {
    const disk = mountDisk(temporaryFolder(), 'size=1m');
    const store = createCheckpointStore({ folder: disk.path });
    await store.save(checkpoint(1));
    await expect(store.save(checkpoint(2, 0.1, 200_000))).rejects.toMatchObject({ code: 'disk-full' });
    expect(readdirSync(disk.path)).toEqual(['checkpoint-000001']);
    expect((await store.loadLast())?.checkpoint).toEqual(checkpoint(1));
    disk.remount('size=20m');
    await store.save(checkpoint(2, 0.1, 200_000));
    expect((await store.loadLast())?.checkpoint.progress.step).toBe(2);
  }),
);

function flip(file: string): void {
  const bytes = readFileSync(file);
  const at = bytes.length - 5;
  bytes[at] = bytes[at]! ^ 1;
  writeFileSync(file, bytes);
}
