import { availableParallelism, totalmem } from 'node:os';
import type { Batch, Loader } from '@podium/dataset';
import {
  formatProfile,
  measurePrecision,
  memory,
  type Precision,
  type Profile,
  profile,
} from '@podium/engine';
import { toInput } from '@podium/model-zoo';
import { backward } from '@podium/nn';
import {
  createOptimizer,
  createTrainer,
  type DoctorSubject,
  type PerformanceTip,
  parameterGroups,
  performanceTips,
} from '@podium/training';
import * as tf from '@tensorflow/tfjs-core';
import type { InputSettings } from '../models/input-settings.ts';

/** Steps that are timed. */
const MEASURED_STEPS = 8;

/** Trains a few steps and measures what slows them. */
export async function measureSteps(
  { model, loss, optimizer, groups, normalization, plan }: DoctorSubject,
  precision: Precision,
  open: () => Loader,
  batchSize: number,
): Promise<{ tips: PerformanceTip[]; profile: string }> {
  const batches = open();
  const common = {
    model,
    loss,
    optimizer,
    epochs: 1000,
    seed: 0,
    precision,
    groups,
    normalization,
    plan,
  };
  let [before, after] = [0, 0];
  let images = 0;
  let bytes = 0;
  let began = 0;
  let waitedBefore = 0;
  const trainer = createTrainer({
    ...common,
    maxSteps: MEASURED_STEPS + 2,
    batches: () => batches,
    callbacks: [
      {
        name: 'doctor',
        on: {
          step: (event) => {
            // The first two steps include one-time work.
            if (event.step === 2) {
              before = memory().tensors;
              began = performance.now();
              waitedBefore = batches.statistics().waitedSeconds;
            } else if (event.step > 2) images += event.images;
            after = memory().tensors;
            return undefined;
          },
        },
      },
    ],
  });
  await trainer.fit({ resume: 'never' });
  const seconds = (performance.now() - began) / 1000;
  const statistics = batches.statistics();
  const { peakBytes } = memory();
  let kernels: Profile | undefined;
  for await (const batch of open()) {
    bytes = batch.images.byteLength / batch.shape[0];
    kernels = await profileStep(
      { model, loss, optimizer, normalization: normalization as InputSettings },
      batch,
    );
    break;
  }
  const measured = tf.getBackend() === 'tensorflow' ? measurePrecision() : undefined;
  const tips = performanceTips({
    seconds,
    images,
    batchSize,
    steps: MEASURED_STEPS,
    workers: 2,
    cores: availableParallelism(),
    precision,
    waitedSeconds: statistics.waitedSeconds - waitedBefore,
    tensors: [before, after],
    copiedBytes: bytes * images,
    peakBytes,
    memoryBytes: totalmem(),
    measured,
    profile: kernels,
  });
  return { tips, profile: kernels === undefined ? '' : formatProfile(kernels, { rows: 12 }) };
}

/** The kernels of one step: forward, backward, update. */
async function profileStep(
  {
    model,
    loss,
    optimizer: options,
    normalization,
  }: Pick<DoctorSubject, 'model' | 'loss' | 'optimizer'> & { readonly normalization: InputSettings },
  { images, shape, targets }: Batch,
): Promise<Profile> {
  const optimizer = createOptimizer(options, parameterGroups(model));
  model.train();
  const step = () => {
    const x = toInput({ images: images as Uint8Array, shape }, normalization);
    const wanted = Object.fromEntries(
      loss.heads.map(({ name, classes }) => {
        const own = targets[name]!;
        return [
          name,
          own.length === shape[0]
            ? tf.tensor1d(own as Int32Array, 'int32')
            : tf.tensor2d(own as Float32Array, [shape[0], classes]),
        ];
      }),
    );
    backward(() => loss.call(model.call(x as never) as tf.Tensor2D, wanted).total);
    optimizer.step();
    optimizer.zeroGrad();
  };
  try {
    return (await profile(() => tf.tidy(step)!)).profile;
  } finally {
    optimizer.dispose();
  }
}
