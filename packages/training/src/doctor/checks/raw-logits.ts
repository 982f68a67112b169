import * as tf from '@tensorflow/tfjs-core';
import { leavingUntouched } from '../../loop/leaving-untouched.ts';
import { losses } from '../../losses/index.ts';
import { type DoctorCheck, ok, problem } from '../check.ts';
import { formatNumber } from '../format.ts';
import { firstBatch } from '../sample-batches.ts';
import { inputOf, modelOutput } from '../subject-model.ts';

/** Losses apply softmax or sigmoid themselves. Applied twice, gradients nearly vanish. */
export const rawLogits: DoctorCheck = {
  name: 'raw-logits',
  title: 'the loss gets raw logits, without softmax or sigmoid',
  async run(subject) {
    const { model, loss } = subject;
    const batch = await firstBatch(subject);
    const { values, width } = await leavingUntouched(model, () =>
      tf.tidy(() => {
        const y = modelOutput(subject, inputOf(batch, subject));
        return { values: y.dataSync(), width: y.shape[1] };
      }),
    );
    let start = 0;
    for (const { name, classes, loss: options } of loss.heads) {
      const kind = losses.get(([options].flat()[0] as { name: string }).name).targets;
      let [min, max, deviation] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
      for (let row = 0; row < values.length; row += width) {
        let sum = 0;
        for (let k = 0; k < classes; k++) {
          const value = values[row + start + k]!;
          [min, max] = [Math.min(min, value), Math.max(max, value)];
          sum += value;
        }
        deviation = Math.max(deviation, Math.abs(sum - 1));
      }
      start += classes;
      const range = `outputs of ${name} range from ${formatNumber(min)} to ${formatNumber(max)}`;
      if (classes > 1 && min >= 0 && deviation < 1e-3) {
        return problem(`${range} and sum to 1 per image`, 'remove the softmax from the model');
      }
      if (kind === 'multi-label' && min >= 0 && max <= 1) {
        return problem(range, 'remove the sigmoid from the model');
      }
    }
    return ok('outputs do not sum to 1, and are not limited to 0..1');
  },
};
