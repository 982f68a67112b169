// One training run with everything that has state, in a process of its own that may be killed at any time: it resumes
// from its folder of checkpoints, and prints a hash of the weights when it is done.
import { hashBytes, type MixableBatch, type Rng } from '@podium/core';
import { loadEngine } from '@podium/engine';
import { stateDict } from '@podium/nn';
import { createCheckpointStore } from '../../src/checkpoints/index.ts';
import { createTrainer } from '../../src/loop/index.ts';
import { createSchedule } from '../../src/schedules/index.ts';
import { createEma } from '../../src/weights-averaging/index.ts';
import { makeSet, memoryBatches, memoryLoader } from '../memory-loader.ts';
import { labelLoss, smallNet } from '../small-net.ts';

const [folder] = process.argv.slice(2) as [string];
await loadEngine({ backend: 'auto', deterministic: true, threads: 2 });

const epochs = 6;
const set = makeSet(150);
const model = smallNet();
const average = createEma({ decay: 0.9, warmup: true });

const result = await createTrainer({
  model,
  loss: labelLoss(),
  // 10 batches, the last of 6 images; steps of 3 batches, the last of one.
  batches: (state) => memoryLoader(set, { batchSize: 16, epochs, state }),
  epochs,
  seed: 'resume',
  accumulate: 3,
  clipNorm: 1,
  optimizer: { name: 'adamw', learningRate: 0.01, weightDecay: 0.01 },
  schedule: createSchedule({ name: 'plateau', learningRate: 0.01, patience: 0, factor: 0.5, threshold: 0.2 }),
  average: { weights: average },
  mixer: { apply: mixUp },
  plan: (share) => {
    const isFrozen = share < 0.5;
    model.stem.requiresGrad_(!isFrozen);
    model.norm1.requiresGrad_(!isFrozen);
    model.norm1.frozenStatistics = isFrozen;
    return new Map([['stem.weight', 0.1]]);
  },
  validation: { batches: () => memoryBatches(set), every: { steps: 5 } },
  callbacks: [
    { name: 'mixing-off', on: { 'epoch-start': ({ epoch }) => (epoch === 4 ? 'stop-mixing' : undefined) } },
  ],
  checkpoints: createCheckpointStore({ folder }),
  saveEvery: { steps: 1 },
  onEvent: (event) => {
    // What the parent waits for before it kills.
    if (event.type === 'step') process.stderr.write(`step ${event.step}\n`);
    if (event.type === 'saved') process.stderr.write(`saved ${event.step}\n`);
    if (event.type === 'checkpoint-damaged') process.stderr.write('damaged\n');
  },
}).fit();

const bytes = [stateDict(model), average.state().tensors].flatMap((tensors) =>
  [...tensors.keys()].sort().map((name) => {
    const { data } = tensors.get(name)!;
    return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  }),
);
const hash = hashBytes(Buffer.concat(bytes));
process.stdout.write(JSON.stringify({ hash, steps: result.steps, history: result.history }));

function mixUp(batch: MixableBatch, rng: Rng): MixableBatch {
  const size = batch.shape[0];
  const share = rng.uniform(0.5, 1);
  const mix = (values: Float32Array) => {
    const length = values.length / size;
    return values.map(
      (value, at) =>
        share * value + (1 - share) * values[(size - 1 - Math.floor(at / length)) * length + (at % length)]!,
    );
  };
  return { ...batch, pixels: mix(batch.pixels as Float32Array), targets: mix(batch.targets) };
}
