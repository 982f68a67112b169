import * as tf from '@tensorflow/tfjs-core';
import { leavingUntouched } from '../../loop/untouched.ts';
import { losses } from '../../losses/index.ts';
import { type DoctorCheck, ok, problem } from '../check.ts';
import { firstBatch, inputOf, modelOutput, short } from '../tools.ts';

/** Losses apply softmax or sigmoid themselves; applied twice, gradients nearly vanish. */
export const rawLogits: DoctorCheck = {
  name: 'raw-logits',
  title: 'the loss gets logits, to which no softmax or sigmoid was applied',
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
      let [least, most, furthest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
      for (let row = 0; row < values.length; row += width) {
        let sum = 0;
        for (let k = 0; k < classes; k++) {
          const value = values[row + start + k]!;
          [least, most] = [Math.min(least, value), Math.max(most, value)];
          sum += value;
        }
        furthest = Math.max(furthest, Math.abs(sum - 1));
      }
      start += classes;
      const range = `outputs of ${name} lie from ${short(least)} to ${short(most)}`;
      if (classes > 1 && least >= 0 && furthest < 1e-3) {
        return problem(`${range} and add up to 1 in each row`, 'take the softmax out of the model');
      }
      if (kind === 'multi-label' && least >= 0 && most <= 1) {
        return problem(range, 'take the sigmoid out of the model');
      }
    }
    return ok('outputs do not add up to 1, and are not confined to 0..1');
  },
};
