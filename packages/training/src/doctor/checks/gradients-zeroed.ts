import { globalNorm } from '@podium/engine';
import { loadStateDict, stateDict } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { leavingUntouched } from '../../loop/leaving-untouched.ts';
import { type DoctorCheck, ok, problem } from '../check.ts';
import { formatNumber } from '../format.ts';
import { firstBatch } from '../sample-batches.ts';
import { createStepper } from '../subject-model.ts';

/** Gradients accumulate until they are zeroed; otherwise each step follows all batches so far. */
export const gradientsZeroed: DoctorCheck = {
  name: 'gradients-zeroed',
  title: 'each step starts with zero gradients',
  async run(subject) {
    const { model } = subject;
    const batch = await firstBatch(subject);
    const norms = await leavingUntouched(model, () => {
      const { step, dispose } = createStepper(subject);
      const before = stateDict(model);
      try {
        return [0, 1].map(() => {
          step(batch);
          const norm = tf.tidy(() => {
            const gradients = model.parameters().flatMap(({ grad }) => (grad === null ? [] : [grad]));
            return gradients.length === 0 ? 0 : globalNorm(gradients).dataSync()[0]!;
          });
          // Equal weights and batches have equal gradients.
          loadStateDict(model, before);
          return norm;
        }) as [number, number];
      } finally {
        dispose();
      }
    });
    const [first, second] = norms;
    if (second === 0) return ok('no gradients remain after a step');
    const evidence = `the norm of the gradients is ${formatNumber(first)} after a step, and ${formatNumber(second)} after the same step again`;
    if (second > 1.5 * first)
      return problem(evidence, 'call zeroGrad() of the model or the optimizer in every step');
    return ok(evidence);
  },
};
