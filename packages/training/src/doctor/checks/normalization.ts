import * as tf from '@tensorflow/tfjs-core';
import { type DoctorCheck, ok, problem, warning } from '../check.ts';
import { inputOf, short, someBatches } from '../tools.ts';

/** Pretrained weights expect inputs normalized as in their own training; every model learns best near mean 0, deviation 1. */
export const normalization: DoctorCheck = {
  name: 'normalization',
  title: 'inputs are normalized as the weights expect',
  async run(subject) {
    const { pretrainedInput: wanted, normalization: given } = subject;
    if (
      wanted !== undefined &&
      given !== undefined &&
      !same(wanted.mean, given.mean, wanted.std, given.std)
    ) {
      return problem(
        `mean ${given.mean.map(short).join(', ')} and deviation ${given.std.map(short).join(', ')} are not those of the weights: ` +
          `${wanted.mean.map(short).join(', ')} and ${wanted.std.map(short).join(', ')}`,
        "normalize by the model's own input settings",
      );
    }
    const batches = await someBatches(subject.batches(0), 4);
    const { mean, deviation } = tf.tidy(() => {
      const x = tf.concat(batches.map((batch) => inputOf(batch, subject)));
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      return { mean: Array.from(mean.dataSync()), deviation: Array.from(tf.sqrt(variance).dataSync()) };
    });
    const evidence = `inputs have mean ${mean.map(short).join(', ')} and deviation ${deviation.map(short).join(', ')} by channel`;
    const fix =
      'set the normalization: mean and standard deviation of the training set, or those of the weights';
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
