import * as tf from '@tensorflow/tfjs-core';
import { type DoctorCheck, ok, problem, warning } from '../check.ts';
import { formatList, formatNumber } from '../format.ts';
import { collectBatches } from '../sample-batches.ts';
import { inputOf } from '../subject-model.ts';

/** Inputs must be finite, not constant, and on a scale near 1. */
export const inputRange: DoctorCheck = {
  name: 'input-range',
  title: 'inputs are finite, varied and of a sensible scale',
  async run(subject) {
    const batches = await collectBatches(subject.batches(0), 4);
    let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const constant: string[] = [];
    const notFinite: string[] = [];
    let count = 0;
    for (const batch of batches) {
      const size = batch.shape[0];
      let lows: ArrayLike<number> = [];
      let highs: ArrayLike<number> = [];
      tf.tidy(() => {
        const rows = tf.reshape(inputOf(batch, subject), [size, -1]);
        lows = tf.min(rows, 1).dataSync();
        highs = tf.max(rows, 1).dataSync();
      });
      for (const [i, id] of batch.ids.entries()) {
        const [low, high] = [lows[i]!, highs[i]!];
        const length = batch.images.length / size;
        const finite = batch.images.subarray(i * length, (i + 1) * length).every(Number.isFinite);
        if (!finite) notFinite.push(id);
        else if (low === high) constant.push(id);
        [min, max] = [Math.min(min, low), Math.max(max, high)];
        count++;
      }
    }
    const evidence = `inputs of ${count} images range from ${formatNumber(min)} to ${formatNumber(max)}`;
    if (notFinite.length > 0) {
      return problem(
        `images with values that are not finite: ${formatList(notFinite)}`,
        'check how these files are decoded',
      );
    }
    if (Math.max(Math.abs(min), Math.abs(max)) > 20) {
      return problem(evidence, 'normalize the inputs: they look like bytes from 0 to 255');
    }
    if (constant.length > count / 2) {
      return problem(
        `${constant.length} of ${count} images have a single color`,
        'check how they are decoded and augmented',
      );
    }
    if (constant.length > 0) {
      return warning(`${evidence}; images with a single color: ${formatList(constant)}`, 'check these files');
    }
    return ok(evidence);
  },
};
