import { valueAndGradients } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { leavingUntouched } from '../../loop/leaving-untouched.ts';
import { forward } from '../../loop/supervised-step.ts';
import { type DoctorCheck, ok, problem, skipped } from '../check.ts';
import { formatNumber } from '../format.ts';
import { firstBatch } from '../sample-batches.ts';
import { inMode, inputOf } from '../subject-model.ts';

/**
 * The output for an image must not depend on other images. A reshape instead of a transpose mixes them; the model still
 * trains, but badly. The gradient shows it: that of output i by input j must be zero.
 */
export const samplesUnmixed: DoctorCheck = {
  name: 'samples-unmixed',
  title: 'no reshape mixes the images of a batch',
  async run(subject) {
    const { model } = subject;
    const batch = await firstBatch(subject);
    const size = Math.min(batch.shape[0], 4);
    if (size < 2) return skipped('batches have only one image');
    const dependencies = await leavingUntouched(model, () =>
      tf.tidy(() => {
        const x = tf.slice(inputOf(batch, subject), 0, size);
        return [0, size - 1].map((i) => {
          // In training mode batch norm mixes images on purpose.
          const { gradients } = inMode(model, 'evaluation', () =>
            valueAndGradients(() => tf.sum(tf.slice(forward(model, x), i, 1)), [x]),
          );
          const norms = tf.sqrt(tf.sum(tf.square(gradients[0]!), [1, 2, 3])).dataSync();
          const sameImage = norms[i]!;
          const otherImages = Math.max(...Array.from(norms).filter((_, j) => j !== i));
          return { i, sameImage, otherImages };
        });
      }),
    );
    const evidence = dependencies
      .map(
        ({ i, sameImage, otherImages }) =>
          `gradient of output ${i} by its image ${formatNumber(sameImage)}, by others ${formatNumber(otherImages)}`,
      )
      .join('; ');
    if (dependencies.some(({ sameImage, otherImages }) => otherImages > 1e-6 * Math.max(sameImage, 1e-12))) {
      return problem(
        evidence,
        'look for a reshape that should be a transpose: the batch must stay the first axis',
      );
    }
    if (dependencies.every(({ sameImage }) => sameImage === 0)) {
      return problem(evidence, 'the output does not depend on the input: look for dead layers');
    }
    return ok(evidence);
  },
};
