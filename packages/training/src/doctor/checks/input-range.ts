import * as tf from '@tensorflow/tfjs-core';
import { type DoctorCheck, ok, problem, warning } from '../check.ts';
import { inputOf, list, short, someBatches } from '../tools.ts';

/** Inputs that are not finite, of one value, or on another scale than the model was made for. */
export const inputRange: DoctorCheck = {
  name: 'input-range',
  title: 'inputs are finite, vary, and are of a sensible size',
  async run(subject) {
    const batches = await someBatches(subject.batches(0), 4);
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const flat: string[] = [];
    const broken: string[] = [];
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
        if (!finite) broken.push(id);
        else if (low === high) flat.push(id);
        [least, most] = [Math.min(least, low), Math.max(most, high)];
        count++;
      }
    }
    const evidence = `inputs of ${count} images lie from ${short(least)} to ${short(most)}`;
    if (broken.length > 0) {
      return problem(
        `${list(broken)} hold values that are not finite`,
        'look at how these files are decoded',
      );
    }
    if (Math.max(Math.abs(least), Math.abs(most)) > 20) {
      return problem(evidence, 'bytes 0..255 go into the model as they are: normalize them');
    }
    if (flat.length > count / 2) {
      return problem(
        `${flat.length} of ${count} images are of one color`,
        'look at how they are decoded and augmented',
      );
    }
    if (flat.length > 0) return warning(`${evidence}; of one color: ${list(flat)}`, 'look at these files');
    return ok(evidence);
  },
};
