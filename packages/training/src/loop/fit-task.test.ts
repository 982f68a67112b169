import type { PodiumError, Rng } from '@podium/core';
import { loadEngine, memory } from '@podium/engine';
import { type AnyModule, loadStateDict, type StateDict, stateDict } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeSet, memoryBatches, memoryLoader } from '../../test/memory-loader.ts';
import { labelLoss, type SmallNet, smallNet } from '../../test/small-net.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { earlyStopping } from '../callbacks/index.ts';
import { createCheckpointStore, type TaskState } from '../checkpoints/index.ts';
import { applyAverage, Learner } from '../learner/index.ts';
import { createAverage, greedySoup, refreshStatistics, uniformSoup } from '../weights-averaging/index.ts';
import { evaluate } from './evaluate.ts';
import type { Callback, TrainingEvent } from './events.ts';
import { fitTask } from './fit-task.ts';
import { supervisedLosses } from './supervised-step.ts';
import { supervisedTask } from './supervised-task.ts';
import type { TrainingTask } from './task.ts';
import { createTrainer } from './trainer.ts';
import type { TrainerSettings } from './trainer-settings.ts';

beforeAll(async () => {
  await loadEngine({ backend: 'auto', threads: 2, deterministic: true });
});

const set = makeSet(50);

function settings(changes: Partial<TrainerSettings> = {}): TrainerSettings & { model: SmallNet } {
  return {
    model: smallNet(),
    loss: labelLoss(),
    batches: (state) => memoryLoader(set, { batchSize: 16, epochs: 100, state }),
    epochs: 2,
    seed: 1,
    optimizer: { name: 'adamw', learningRate: 0.01 },
    ...changes,
  } as TrainerSettings & { model: SmallNet };
}

const bits = (model: AnyModule) =>
  Object.fromEntries(
    Array.from(stateDict(model), ([path, { data }]) => [path, Array.from(data, String).join()]),
  );

describe('hooks', () => {
  test('run before and after the forward pass, the backward pass and the step', async () => {
    const calls: string[] = [];
    const hasGradients = (model: AnyModule) => model.parameters().some(({ grad }) => grad !== null);
    const note =
      (name: string) =>
      ({ learner, model }: { readonly learner: string; readonly model: AnyModule }) =>
        void calls.push(`${learner} ${name}${hasGradients(model) ? ', gradients' : ''}`);
    const callback: Callback = {
      name: 'watch',
      on: { step: () => void calls.push('step') as undefined },
      hooks: {
        beforeForward: note('before forward'),
        afterForward: ({ losses, ...event }) => {
          expect(losses.total.dataSync()[0]).toBeGreaterThan(0);
          note('after forward')(event);
        },
        afterBackward: note('after backward'),
        beforeStep: note('before step'),
        afterStep: note('after step'),
      },
    };
    const tensors = memory().tensors;
    const given = settings({ callbacks: [callback, { ...callback, on: {} }], accumulate: 2, maxSteps: 1 });
    bits(given.model);
    await createTrainer(given).fit();
    const twice = (...names: string[]) => names.flatMap((name) => [name, name]);
    expect(calls).toEqual([
      ...twice('model before forward', 'model after forward', 'model after backward, gradients'),
      ...twice('model before forward, gradients', 'model after forward, gradients'),
      ...twice('model after backward, gradients', 'model before step, gradients', 'model after step'),
      'step',
    ]);
    given.model.dispose();
    expect(memory().tensors).toBe(tensors);
  });
});

describe('a run whose length is given in steps', () => {
  test('passes epochs as it needs them, validates its last step, and is done', async () => {
    const events: TrainingEvent[] = [];
    const result = await createTrainer(
      settings({
        epochs: undefined,
        maxSteps: 6,
        validation: { batches: () => memoryBatches(set), every: { steps: 4 } },
        onEvent: (event) => events.push(event),
      }),
    ).fit();
    expect(result).toMatchObject({ reason: 'done', steps: 6, epochs: 1, unfinished: false });
    const validated = result.history.filter(({ metrics }) => metrics.loss !== undefined);
    expect(validated.map(({ step }) => step)).toEqual([4, 6]);
    expect(events[0]).toEqual({ type: 'start', epochs: Number.POSITIVE_INFINITY });
  });

  test('needs enough batches, and some length', async () => {
    const batches: TrainerSettings['batches'] = (state) =>
      memoryLoader(set, { batchSize: 16, epochs: 1, state });
    await expect(createTrainer(settings({ epochs: undefined, maxSteps: 5, batches })).fit()).rejects.toThrow(
      'expected 5 steps, got 4',
    );
    expect(() => createTrainer(settings({ epochs: undefined }))).toThrow('epochs or maxSteps');
  });
});

/** Two models that learn the same images, the second one from the loss of the first; and a counter. */
function pairTask(models: readonly [SmallNet, SmallNet], trace: string[] = []): TrainingTask {
  const optimizer = { name: 'adamw', learningRate: 0.01 } as const;
  const learners = [
    new Learner('first', { model: models[0], optimizer }),
    new Learner('second', { model: models[1], optimizer }),
  ] as const;
  let count = 0;
  let factor = tf.scalar(1);
  const lossOf = (learner: Learner, batch: Parameters<TrainingTask['addGradients']>[0], rng: Rng) =>
    supervisedLosses({ model: learner.model, loss: labelLoss() }, batch, rng, (loss) =>
      learner.backward(loss),
    );
  return {
    name: 'pair',
    learners,
    model: models[0],
    images: ({ shape }) => shape[0],
    addGradients(batch, { rng, batch: number }) {
      const [a, b] = learners.map((learner) => lossOf(learner, batch, rng.split(learner.name, number)));
      count += batch.shape[0];
      const next = tf.tidy(() => tf.keep(tf.mul(factor, 0.5) as tf.Scalar));
      factor.dispose();
      factor = next;
      trace.push(`${count}`);
      return { total: a!.total, parts: { second: b!.total } };
    },
    step(position) {
      learners[1].step(position).dispose();
      return learners[0].step(position);
    },
    state: (): TaskState => ({
      tensors: new Map([
        ['factor', { dtype: 'float32', shape: [], data: factor.dataSync() as Float32Array }],
      ]),
      numbers: { count },
    }),
    loadState({ tensors, numbers }) {
      factor.dispose();
      factor = tf.scalar(Number(tensors.get('factor')!.data[0]));
      count = numbers.count!;
    },
    config: () => ({ ...learners[0].config(), second: learners[1].config() }),
    dispose() {
      factor.dispose();
      for (const learner of learners) learner.dispose();
    },
  };
}

describe('a task with two learners and a state of its own', () => {
  const run = async (changes: Partial<TrainerSettings>, seed = 1) => {
    const models = [smallNet(3, 'one'), smallNet(3, 'two')] as const;
    for (const model of models) bits(model);
    const trace: string[] = [];
    const result = await fitTask(pairTask(models, trace), { ...settings(), ...changes, seed });
    const weights = models.map(bits);
    for (const model of models) model.dispose();
    return { ...result, weights, trace };
  };

  test('resumes within an epoch, to the same bits, and leaks no tensor', async () => {
    const before = memory().tensors;
    const unbroken = await run({ epochs: 2 });
    expect(unbroken).toMatchObject({ reason: 'done', steps: 8 });
    const checkpoints = createCheckpointStore({ folder: temporaryFolder() });
    const stopped = await run({ epochs: 2, maxSteps: 3, checkpoints });
    expect(stopped).toMatchObject({ reason: 'steps', steps: 3, unfinished: true });
    const resumed = await run({ epochs: 2, checkpoints });
    expect(resumed.weights).toEqual(unbroken.weights);
    expect([...stopped.trace, ...resumed.trace]).toEqual(unbroken.trace);
    expect(memory().tensors).toBe(before);
  });

  test('reports its parts, and its checkpoints belong to it', async () => {
    const losses: unknown[] = [];
    const checkpoints = createCheckpointStore({ folder: temporaryFolder() });
    await run({
      epochs: 1,
      checkpoints,
      onEvent: (event) => event.type === 'step' && losses.push(Object.keys(event.losses)),
    });
    expect(losses).toEqual(Array(4).fill(['second']));
    await expect(createTrainer(settings({ checkpoints })).fit()).rejects.toThrow(
      'task was "pair", is "supervised"',
    );
    const other = { ...pairTask([smallNet(), smallNet()]), loadState: undefined, state: undefined };
    await expect(fitTask(other, settings({ checkpoints, epochs: 2 }))).resolves.toMatchObject({ steps: 8 });
    const plain = createCheckpointStore({ folder: temporaryFolder() });
    const task = { ...supervisedTask(settings()), name: 'pair' };
    await fitTask(task, settings({ checkpoints: plain, epochs: 1 }));
    await expect(run({ checkpoints: plain })).rejects.toThrow('second.optimizer.name was not given');
  });

  test('without accumulation, if it takes steps within a batch', async () => {
    const task = { ...pairTask([smallNet(), smallNet()]), accumulates: false };
    const error = await fitTask(task, settings({ accumulate: 2 })).catch((reason: PodiumError) => reason);
    expect(String(error)).toContain('accumulate: expected 1: pair takes several steps per batch');
  });
});

describe('averages and soups', () => {
  test('an average is plain data; SWA gets the statistics that its weights have', async () => {
    expect(() => createAverage({ kind: 'swa', decay: 0.9 } as never)).toThrow(
      'no settings: SWA is a plain mean',
    );
    expect(() => createAverage({ kind: 'mean' } as never)).toThrow('kind: ema|swa');
    expect(() => createAverage({ kind: 'ema', decay: 2 })).toThrow('decay');
    const average = {
      weights: createAverage({ kind: 'swa' }),
      from: 1,
      refreshStatistics: () => memoryBatches(set),
    };
    const validation = { batches: () => memoryBatches(set) };
    const given = settings({ epochs: 3, average, validation });
    const { history } = await createTrainer(given).fit();
    expect(average.weights.updates).toBe(2);
    await applyAverage(given.model, average, { seed: given.seed });
    const { loss } = await evaluate(given, memoryBatches(set));
    expect(loss).toBe(history.at(-1)?.metrics.loss);
    // Without fresh statistics it is another model.
    average.weights.copyTo(given.model);
    expect((await evaluate(given, memoryBatches(set))).loss).not.toBe(loss);
    await refreshStatistics(given.model, memoryBatches(set), { seed: given.seed });
    expect((await evaluate(given, memoryBatches(set))).loss).toBe(loss);
    average.weights.dispose();
  });

  test('EMA of a resumed run is that of an unbroken one, with the initial weights in it', async () => {
    const run = async (changes: Partial<TrainerSettings>) => {
      const weights = createAverage({ kind: 'ema', decay: 0.9, initialWeights: true });
      await createTrainer(settings({ average: { weights }, ...changes })).fit();
      const { tensors, numbers } = weights.state();
      weights.dispose();
      return [numbers, Array.from(tensors.get('head.weight')!.data, String)];
    };
    const unbroken = await run({});
    expect(unbroken[0]).toEqual({ average: 'ema', updates: 9 });
    const checkpoints = createCheckpointStore({ folder: temporaryFolder() });
    await run({ checkpoints, maxSteps: 3 });
    expect(await run({ checkpoints })).toEqual(unbroken);
  });

  test('soups of trainings from the same weights', async () => {
    const train = async (seed: number) => {
      const given = settings({ seed, epochs: 3 });
      await createTrainer(given).fit();
      return { name: `seed ${seed}`, weights: stateDict(given.model) };
    };
    const ingredients = [await train(1), await train(2), await train(3)];
    const { model, loss } = settings();
    const score = async (weights: StateDict) => {
      loadStateDict(model, weights);
      return (await evaluate({ model, loss }, memoryBatches(set))).loss;
    };
    const alone: number[] = [];
    for (const { weights } of ingredients) alone.push(await score(weights));
    const greedy = await greedySoup(ingredients, { score, mode: 'min' });
    expect(greedy.score).toBeLessThanOrEqual(Math.min(...alone));
    expect(await score(greedy.weights)).toBe(greedy.score);
    const uniform = await uniformSoup(ingredients);
    const values = ingredients.map(({ weights }) => Number(weights.get('head.weight')!.data[0]));
    expect(Number(uniform.get('head.weight')!.data[0])).toBeCloseTo(
      values.reduce((sum, value) => sum + value, 0) / 3,
      5,
    );
  });
});

test('early stopping ends a run, and a resumed one at the same step', async () => {
  const run = async (changes: Partial<TrainerSettings>) =>
    await createTrainer(
      settings({
        epochs: 30,
        optimizer: { name: 'sgd', learningRate: 1e-7 },
        validation: { batches: () => memoryBatches(set), metrics: { accuracy: () => 0.5 } },
        callbacks: [earlyStopping({ monitor: 'accuracy', mode: 'max', patience: 3 })],
        ...changes,
      }),
    ).fit();
  const unbroken = await run({});
  expect(unbroken).toMatchObject({ reason: 'callback', by: 'early-stopping', steps: 16 });
  const checkpoints = createCheckpointStore({ folder: temporaryFolder() });
  await run({ checkpoints, maxSteps: 6 });
  expect(await run({ checkpoints })).toMatchObject({ reason: 'callback', steps: 16 });
});
