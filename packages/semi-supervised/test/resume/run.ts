// Trainings with everything that has a state, in a process that may be killed at any time: each resumes from its folder of
// checkpoints. Prints a hash of all weights, averages and counters of each task when all are done.
import { join } from 'node:path';
import { hashBytes } from '@podium/core';
import { loadEngine } from '@podium/engine';
import { type AnyModule, BatchNorm2d, Conv2d, manualSeed, Sequential } from '@podium/nn';
import {
  createCheckpointStore,
  createEma,
  createSchedule,
  readCheckpointFolder,
  type TrainingEvent,
} from '@podium/training';
import { createPretraining, createSemiSupervised, pretrain, trainSemiSupervised } from '../../src/index.ts';
import { memoryBatches, memoryViews } from '../memory-batches.ts';
import { CLASSES, makeImages, makeNet } from '../small-world.ts';
import { STEPS, type TaskName } from './tasks.ts';

const [root, ...names] = process.argv.slice(2) as [string, ...TaskName[]];
await loadEngine({ backend: 'auto', deterministic: true, threads: 2 });

const results: Record<string, unknown> = {};
for (const name of names) {
  const folder = join(root, name);
  const run = name === 'simclr' || name === 'rotation' ? pretraining : semiSupervised;
  const { steps, history, checkpoint } = await run(name, folder);
  results[name] = { steps, history, hash: await hashOf(checkpoint!) };
}
process.stdout.write(JSON.stringify(results));

async function semiSupervised(name: TaskName, folder: string) {
  const steps = STEPS[name];
  const labeled = makeImages('labeled', 24);
  const brighter =
    (amount: number) => (image: Parameters<Parameters<typeof memoryBatches>[0]['weak'] & object>[0]) => ({
      ...image,
      data: image.data.map((value) => Math.min(255, value + amount)),
    });
  const method = createSemiSupervised(
    name === 'fixmatch' ? { name, threshold: 0.4 } : { name, udaWeight: 1, studentWait: 0.1 },
    { heads: [{ name: 'label', classes: CLASSES }] },
  );
  const learner = (seed: number) => ({
    model: makeNet(seed),
    optimizer: { name: 'adamw', learningRate: 0.01, weightDecay: 0.01 } as const,
    schedule: createSchedule({ name: 'cosine', learningRate: 0.01, totalSteps: steps, warmup: 4 }),
    clipNorm: 1,
  });
  const average = createEma({ decay: 0.9, initialWeights: true });
  return await trainSemiSupervised({
    method,
    student: { ...learner(1), average: { weights: average } },
    teacher: method.teacher === 'trained' ? learner(2) : undefined,
    // An epoch has 10 steps.
    batches: memoryBatches({
      labeled,
      targets: { label: labeled.targets },
      unlabeled: makeImages('unlabeled', 180),
      batchSize: 6,
      ratio: 3,
      seed: 5,
      weak: brighter(10),
      strong: brighter(60),
    }),
    steps,
    seed: 'resume',
    ...common(folder),
  });
}

async function pretraining(name: TaskName, folder: string) {
  manualSeed(4);
  const backbone = new Sequential({
    conv: new Conv2d(1, 8, 3, { padding: 1, bias: false }),
    norm: new BatchNorm2d(8, { activation: 'relu' }),
  }) as unknown as AnyModule;
  return await pretrain({
    task: createPretraining({ name }, { model: backbone, features: 8 }),
    optimizer: { name: 'sgd', learningRate: 0.05, momentum: 0.9 },
    schedule: createSchedule({ name: 'cosine', learningRate: 0.05, totalSteps: STEPS[name] }),
    // 8 steps per epoch.
    batches: memoryViews(makeImages('views', 128), 16, 3),
    epochs: STEPS[name] / 8,
    seed: 'resume',
    ...common(folder),
  });
}

function common(folder: string) {
  return {
    checkpoints: createCheckpointStore({ folder }),
    saveEvery: { steps: 2 },
    onEvent: (event: TrainingEvent) => {
      // What the parent waits for before it kills.
      if (event.type === 'step') process.stderr.write(`step ${event.step}\n`);
      if (event.type === 'checkpoint-damaged') process.stderr.write('damaged\n');
    },
  };
}

/** Everything in the last checkpoint that decides about a next step. */
async function hashOf(folder: string): Promise<string> {
  const { learners = {}, task, loader, ...first } = await readCheckpointFolder(folder);
  const states = [first, ...Object.values(learners)];
  const dicts = [
    ...states.flatMap(({ weights, optimizer, average }) => [weights, optimizer.tensors, average?.tensors]),
    task?.tensors,
  ];
  const bytes = dicts.flatMap((tensors) =>
    [...(tensors?.entries() ?? [])]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { data }]) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
  );
  const numbers = [task?.numbers, loader, states.map(({ optimizer }) => optimizer.numbers)];
  return hashBytes(Buffer.concat([...bytes, Buffer.from(JSON.stringify(numbers))]));
}
