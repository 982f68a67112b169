import { PodiumError, type Predictions } from '@podium/core';
import { loadEngine, memory } from '@podium/engine';
import { stateDict } from '@podium/nn';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeSet, memoryBatches, memoryLoader } from '../../test/memory-loader.ts';
import { labelLoss, type SmallNet, smallNet } from '../../test/small-net.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import type { TrainingBatch } from '../batches/index.ts';
import { createCheckpointStore, describeChange } from '../checkpoints/index.ts';
import { createHeadsLoss } from '../losses/index.ts';
import { createSchedule } from '../schedules/index.ts';
import { createEma, createSwa } from '../weights-averaging/index.ts';
import type { Callback, TrainingEvent } from './events.ts';
import { createTrainer } from './trainer.ts';
import type { TrainerSettings } from './trainer-settings.ts';

beforeAll(async () => {
  await loadEngine({ backend: 'auto', threads: 2 });
});

const set = makeSet(50);
const accuracy = (predictions: Predictions, targets: Int32Array | Float32Array) =>
  predictions.argmax().reduce((hits, k, i) => hits + Number(k === targets[i]), 0) / predictions.length;

function settings(changes: Partial<TrainerSettings> = {}): TrainerSettings & { model: SmallNet } {
  const { epochs = 2 } = changes;
  return {
    model: smallNet(),
    loss: labelLoss(),
    batches: (state) => memoryLoader(set, { batchSize: 16, epochs, state }),
    epochs,
    seed: 1,
    optimizer: { name: 'adamw', learningRate: 0.01 },
    validation: { batches: () => memoryBatches(set), metrics: { accuracy } },
    ...changes,
  } as TrainerSettings & { model: SmallNet };
}

const values = (model: SmallNet) =>
  new Map([...stateDict(model)].map(([name, { data }]) => [name, Array.from(data as Float32Array)]));

describe('a run', () => {
  test('learns, and emits every step, epoch and validation once and in order', async () => {
    const events: TrainingEvent[] = [];
    const given = settings({ epochs: 6, onEvent: (event) => events.push(event) });
    const result = await createTrainer(given).fit();
    expect(result).toMatchObject({ reason: 'done', steps: 24, epochs: 6, unfinished: false });
    expect(result.history.at(-1)?.metrics.accuracy).toBeGreaterThan(0.9);
    expect(events.flatMap((event) => (event.type === 'step' ? [event.step] : []))).toEqual(
      Array.from({ length: 24 }, (_, i) => i + 1),
    );
    expect(events.slice(0, 2).map(({ type }) => type)).toEqual(['start', 'epoch-start']);
    expect(events.slice(-3).map(({ type }) => type)).toEqual(['validation', 'epoch-end', 'end']);
    const first = events.find((event) => event.type === 'step');
    expect(first).toMatchObject({ batch: 1, batches: 4, images: 16, learningRate: 0.01 });
    given.model.dispose();
  });

  test('gives the same bits for the same seed, and others for another', async () => {
    const run = async (seed: number) => {
      const given = settings({ seed });
      await createTrainer(given).fit();
      return values(given.model);
    };
    const first = await run(1);
    expect(await run(1)).toEqual(first);
    expect(await run(2)).not.toEqual(first);
  });

  test('gives the same bits with recomputation, and restores the model', async () => {
    const run = async (recompute: TrainerSettings['recompute']) => {
      const given = settings({ recompute });
      await createTrainer(given).fit();
      return values(given.model);
    };
    expect(await run(['conv', 'norm?'])).toEqual(await run(undefined));
    await expect(run(true)).rejects.toThrow(/no repeated blocks/);
  });

  test('leaks no tensor, neither from step to step nor at the end', async () => {
    const counts: number[] = [];
    const count: Callback = {
      name: 'count',
      on: {
        step: () => {
          counts.push(memory().tensors);
          return undefined;
        },
      },
    };
    const given = settings({ callbacks: [count], accumulate: 2, clipNorm: 1, epochs: 3 });
    values(given.model);
    const before = memory().tensors;
    await createTrainer(given).fit();
    expect(memory().tensors).toBe(before);
    expect(new Set(counts).size).toBeLessThanOrEqual(2);
    expect(counts.at(-2)).toBe(counts[2]);
  });
});

describe('gradient accumulation', () => {
  const noNorms = { validation: undefined } as unknown as Partial<TrainerSettings>;
  const frozenNorms = (given: ReturnType<typeof settings>) => {
    given.model.norm1.frozenStatistics = true;
    given.model.norm2.frozenStatistics = true;
    given.model.dropout.rate = 0;
    return given;
  };

  test('over batches of equal size is a step of the large batch', async () => {
    const even = makeSet(48);
    const run = async (batchSize: number, accumulate: number) => {
      const given = frozenNorms(
        settings({
          ...noNorms,
          epochs: 1,
          accumulate,
          optimizer: { name: 'sgd', learningRate: 0.1 },
          batches: (state) => memoryLoader(even, { batchSize, epochs: 1, state }),
        }),
      );
      const { steps } = await createTrainer(given).fit();
      return { steps, weights: values(given.model).get('head.weight')! };
    };
    const [large, small] = [await run(24, 1), await run(8, 3)];
    expect([large.steps, small.steps]).toEqual([2, 2]);
    small.weights.forEach((value, i) => {
      expect(value).toBeCloseTo(large.weights[i]!, 5);
    });
  });

  test('uses what is left at the end of an epoch', async () => {
    // 4 batches: 3 and 1.
    const { steps } = await createTrainer(settings({ accumulate: 3, epochs: 2 })).fit();
    expect(steps).toBe(4);
  });
});

describe('what controls a run', () => {
  test('a schedule by steps', async () => {
    const rates: number[] = [];
    const schedule = createSchedule({ name: 'cosine', learningRate: 0.01, totalSteps: 8 });
    const onEvent = (event: TrainingEvent) => event.type === 'step' && rates.push(event.learningRate);
    await createTrainer(settings({ schedule, onEvent })).fit();
    expect(rates).toEqual(Array.from({ length: 8 }, (_, i) => schedule.at(i)));
  });

  test('a plan freezes parts, and multiplies rates', async () => {
    const given = settings({
      optimizer: { name: 'sgd', learningRate: 0.05 },
      plan: (share) => {
        const model = given.model;
        const frozen = share < 0.5;
        model.stem.requiresGrad_(!frozen);
        model.norm1.frozenStatistics = frozen;
        return new Map([['stem.weight', frozen ? 0 : 0.1]]);
      },
    });
    const snapshots: number[][] = [[...values(given.model).get('stem.weight')!]];
    const names: string[] = [];
    const watch: Callback = {
      name: 'watch',
      on: {
        'epoch-end': () => {
          snapshots.push(values(given.model).get('stem.weight')!);
          return undefined;
        },
        step: ({ learningRates }) => {
          names.push([...learningRates.values()].map((rate) => rate.toFixed(4)).join(' '));
          return undefined;
        },
      },
    };
    await createTrainer({ ...given, callbacks: [watch] }).fit();
    expect(snapshots[1]).toEqual(snapshots[0]);
    expect(snapshots[2]).not.toEqual(snapshots[0]);
    expect(names[0]).not.toContain('0.0050');
    expect(names.at(-1)).toContain('0.0050');
  });

  test.each(['ema', 'swa'])('%s validates the average, and training continues without it', async (kind) => {
    const weights = kind === 'ema' ? createEma({ decay: 0.5 }) : createSwa();
    const given = settings({
      average:
        kind === 'ema' ? { weights } : { weights, by: 'epoch', refreshStatistics: () => memoryBatches(set) },
    });
    const plain = settings();
    const [averaged] = [await createTrainer(given).fit(), await createTrainer(plain).fit()];
    // The training itself is as it is without an average.
    expect(values(given.model)).toEqual(values(plain.model));
    expect(weights.updates).toBe(kind === 'ema' ? 8 : 2);
    expect(averaged.history).toHaveLength(2);
    weights.dispose();
  });

  test('a mixer changes images and targets until a callback ends it', async () => {
    const mixed: number[] = [];
    const off: Callback = {
      name: 'off',
      on: { 'epoch-start': ({ epoch }) => (epoch === 1 ? 'stop-mixing' : undefined) },
    };
    const mixer: TrainerSettings['mixer'] = {
      apply: (batch, rng, epoch) => {
        mixed.push(epoch);
        return { ...batch, targets: batch.targets.map((value) => value * rng.uniform(0.9, 1)) };
      },
    };
    await createTrainer(settings({ mixer, callbacks: [off] })).fit();
    expect(mixed).toEqual([0, 0, 0, 0]);
  });

  test('several heads, one of which lacks labels', async () => {
    const heads = createHeadsLoss([
      { name: 'label', classes: 3, loss: { name: 'cross-entropy' } },
      { name: 'rare', classes: 2, loss: { name: 'cross-entropy' }, weight: 0.5 },
    ]);
    const withRare = {
      onBatch: (batch: TrainingBatch): TrainingBatch => {
        const label = batch.targets.label as Int32Array;
        return { ...batch, targets: { label, rare: label.map((k) => (k === 2 ? -1 : k)) } };
      },
    };
    const given = settings({
      model: smallNet(5),
      loss: heads,
      batches: (state) => memoryLoader(set, { batchSize: 16, epochs: 2, state, ...withRare }),
      validation: {
        batches: () => memoryLoader(set, { batchSize: 16, epochs: 1, shuffle: false, ...withRare }),
        metrics: { accuracy },
      },
    });
    const { history } = await createTrainer(given).fit();
    expect(Object.keys(history[0]?.metrics ?? {})).toEqual([
      'loss',
      'label/loss',
      'label/accuracy',
      'rare/loss',
      'rare/accuracy',
    ]);
  });
});

describe('a run that ends early', () => {
  test('an abort finishes the step and saves; a second run resumes to the same bits', async () => {
    const whole = settings({ accumulate: 2, epochs: 3 });
    await createTrainer(whole).fit();
    const folder = temporaryFolder();
    const controller = new AbortController();
    const checkpoints = createCheckpointStore({ folder });
    const onEvent = (event: TrainingEvent) => {
      if (event.type === 'step' && event.step === 2) controller.abort();
    };
    const first = settings({ accumulate: 2, epochs: 3, checkpoints, signal: controller.signal, onEvent });
    const stopped = await createTrainer(first).fit();
    expect(stopped).toMatchObject({ reason: 'signal', unfinished: true });
    expect(stopped.steps).toBeLessThan(6);
    const second = settings({ accumulate: 2, epochs: 3, checkpoints, model: smallNet(3, 'other') });
    const done = await createTrainer(second).fit({ resume: 'must' });
    expect(done).toMatchObject({ reason: 'done', steps: 6, unfinished: false });
    expect(values(second.model)).toEqual(values(whole.model));
    // A third has nothing left to do.
    expect(await createTrainer(settings({ epochs: 3, checkpoints })).fit()).toMatchObject({
      reason: 'done',
      steps: 6,
    });
  });

  test('a loss that is not finite names step, rate and norm, and overwrites nothing', async () => {
    const folder = temporaryFolder();
    const checkpoints = createCheckpointStore({ folder });
    let batches = 0;
    const given = settings({
      checkpoints,
      saveEvery: { steps: 1 },
      batches: (state) =>
        memoryLoader(set, {
          batchSize: 16,
          epochs: 2,
          state,
          onBatch: (batch) =>
            ++batches === 3
              ? { ...batch, images: new Float32Array(batch.images.length).fill(Number.NaN) }
              : batch,
        }),
    });
    const error = await createTrainer(given)
      .fit()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PodiumError);
    expect(String(error)).toMatch(
      /step 3 \(epoch 0\).*loss NaN.*gradient norm NaN.*learning rate 0.01[\s\S]*checkpoint-000002/,
    );
    expect((await checkpoints.list()).map(({ step }) => step)).toEqual([1, 2]);
  });

  test('a save that fails is an event, and the run continues', async () => {
    const store = createCheckpointStore({ folder: temporaryFolder() });
    let saves = 0;
    const checkpoints: typeof store = {
      ...store,
      save: async (checkpoint) => {
        if (++saves === 1) throw new PodiumError({ code: 'disk-full' });
        return await store.save(checkpoint);
      },
    };
    const events: TrainingEvent[] = [];
    await createTrainer(settings({ checkpoints, onEvent: (event) => events.push(event) })).fit();
    const saved = events.filter(({ type }) => type === 'saved' || type === 'save-failed');
    expect(saved).toMatchObject([
      { type: 'save-failed', problem: { code: 'disk-full' } },
      { type: 'saved', step: 8 },
    ]);
  });

  test('metrics that are NaN stay NaN', async () => {
    const checkpoints = createCheckpointStore({ folder: temporaryFolder() });
    const validation = { batches: () => memoryBatches(set), metrics: { never: () => Number.NaN } };
    await createTrainer(settings({ checkpoints, validation })).fit();
    const { history } = await createTrainer(settings({ checkpoints, validation })).fit();
    expect(history[0]?.metrics.never).toBeNaN();
  });

  test('maxSteps', async () => {
    expect(await createTrainer(settings({ maxSteps: 3 })).fit()).toMatchObject({ reason: 'steps', steps: 3 });
  });

  test('a resume with another seed is rejected', async () => {
    const checkpoints = createCheckpointStore({ folder: temporaryFolder() });
    await createTrainer(settings({ checkpoints, maxSteps: 1 })).fit();
    await expect(createTrainer(settings({ checkpoints, seed: 2 })).fit()).rejects.toThrow(/another seed/);
  });

  test('a resume names changed settings: a rate may change, heads and groups may not', async () => {
    const checkpoints = createCheckpointStore({ folder: temporaryFolder() });
    const schedule = (totalSteps: number) =>
      createSchedule({ name: 'cosine', learningRate: 0.01, totalSteps });
    await createTrainer(settings({ checkpoints, maxSteps: 1, schedule: schedule(8) })).fit();
    const told: string[] = [];
    const onEvent = (event: TrainingEvent) => {
      if (event.type === 'settings-changed') told.push(...event.changes.map(describeChange));
    };
    const go = async (changes: Partial<TrainerSettings>) =>
      await createTrainer(
        settings({ checkpoints, maxSteps: 1, schedule: schedule(8), onEvent, ...changes }),
      ).fit();
    await go({});
    expect(told).toEqual([]);
    await go({
      maxSteps: 2,
      accumulate: 2,
      schedule: schedule(6),
      optimizer: { name: 'adamw', learningRate: 0.02, betas: [0.9, 0.99] },
    });
    expect(told).toEqual([
      'accumulate was not given, is 2',
      'optimizer.betas was not given, is [0.9,0.99]',
      'optimizer.learningRate was 0.01, is 0.02',
      'schedule.totalSteps was 8, is 6',
    ]);
    const other = createHeadsLoss([{ name: 'kind', classes: 4, loss: { name: 'focal' } }]);
    await expect(go({ loss: other })).rejects.toThrow(
      /heads\.0\.classes was 3, is 4; heads\.0\.name was "label", is "kind"/,
    );
    await expect(go({ optimizer: { name: 'sgd', learningRate: 0.01 } })).rejects.toThrow(
      /optimizer\.name was "adamw", is "sgd"/,
    );
    await expect(go({ groups: { noDecay: ['head.*'] } })).rejects.toThrow(/groups\.noDecay was not given/);
    await expect(go({ schedule: createSchedule({ name: 'constant', learningRate: 0.1 }) })).rejects.toThrow(
      /schedule\.name was "cosine", is "constant"/,
    );
  });
});
