import type { Normalization } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { type DoctorCheck, ok, problem, warning } from '../check.ts';
import { formatNumber } from '../format.ts';
import { collectBatches } from '../sample-batches.ts';
import { inputOf } from '../subject-model.ts';

/** Pretrained weights expect the normalization that they were trained with; all models train best near mean 0, deviation 1. */
export const normalization: DoctorCheck = {
  name: 'normalization',
  title: 'inputs are normalized as the weights expect',
  async run(subject) {
    const { pretrainedInput: expected, normalization: given } = subject;
    if (
      expected !== undefined &&
      given !== undefined &&
      !same(expected.mean, given.mean, expected.std, given.std)
    ) {
      return problem(
        `the normalization is ${describe(given)}, but the weights expect ${describe(expected)}`,
        "use the mean and std of the model's input settings",
      );
    }
    const batches = await collectBatches(subject.batches(0), 4);
    const { mean, deviation } = tf.tidy(() => {
      const x = tf.concat(batches.map((batch) => inputOf(batch, subject)));
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      return { mean: Array.from(mean.dataSync()), deviation: Array.from(tf.sqrt(variance).dataSync()) };
    });
    const evidence = `normalized inputs have ${describe({ mean, std: deviation })}`;
    const fix = 'set mean and std to those of the pretrained weights or of the training set';
    if (mean.some((value) => Math.abs(value) > 3) || deviation.some((value) => value > 5 || value < 0.05)) {
      return problem(evidence, fix);
    }
    if (
      mean.some((value) => Math.abs(value) > 1.2) ||
      deviation.some((value) => value > 2.5 || value < 0.35)
    ) {
      return warning(evidence, fix);
    }
    return ok(evidence);
  },
};

function same(...[meanA, meanB, stdA, stdB]: (readonly number[])[]): boolean {
  const close = (a: readonly number[] = [], b: readonly number[] = []) =>
    a.length === b.length && a.every((value, i) => Math.abs(value - b[i]!) < 1e-3);
  return close(meanA, meanB) && close(stdA, stdB);
}

function describe({ mean, std }: Normalization): string {
  return `mean ${mean.map(formatNumber).join(', ')} and std ${std.map(formatNumber).join(', ')}`;
}
