import { valueAndGradients } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { forward } from '../../loop/train-step.ts';
import { leavingUntouched } from '../../loop/untouched.ts';
import { type DoctorCheck, ok, problem, skipped } from '../check.ts';
import { firstBatch, inMode, inputOf, short } from '../tools.ts';

/**
 * The output for one image must not depend on another. A reshape where a transpose was meant mixes them, and the model
 * still trains, badly. The gradient shows it: that of output i by input j has to be zero.
 */
export const samplesApart: DoctorCheck = {
  name: 'samples-apart',
  title: 'no reshape mixes the images of a batch',
  async run(subject) {
    const { model } = subject;
    const batch = await firstBatch(subject);
    const size = Math.min(batch.shape[0], 4);
    if (size < 2) return skipped('batches of one image have nothing to mix');
    const leaks = await leavingUntouched(model, () =>
      tf.tidy(() => {
        const x = tf.slice(inputOf(batch, subject), 0, size);
        return [0, size - 1].map((i) => {
          // In evaluation mode, since batch norm mixes a batch on purpose.
          const { gradients } = inMode(model, false, () =>
            valueAndGradients(() => tf.sum(tf.slice(forward(model, x), i, 1)), [x]),
          );
          const norms = tf.sqrt(tf.sum(tf.square(gradients[0]!), [1, 2, 3])).dataSync();
          const own = norms[i]!;
          const others = Math.max(...Array.from(norms).filter((_, j) => j !== i));
          return { i, own, others };
        });
      }),
    );
    const evidence = leaks
      .map(
        ({ i, own, others }) =>
          `output ${i} depends on its image by ${short(own)}, on others by ${short(others)}`,
      )
      .join('; ');
    if (leaks.some(({ own, others }) => others > 1e-6 * Math.max(own, 1e-12))) {
      return problem(
        evidence,
        'look for a reshape that should be a transpose: the batch has to stay the first axis',
      );
    }
    if (leaks.every(({ own }) => own === 0)) {
      return problem(evidence, 'the output does not depend on the input at all: look for dead layers');
    }
    return ok(evidence);
  },
};
