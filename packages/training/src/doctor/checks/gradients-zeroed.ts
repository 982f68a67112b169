import { globalNorm } from '@podium/engine';
import { loadStateDict, stateDict } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { leavingUntouched } from '../../loop/untouched.ts';
import { type DoctorCheck, ok, problem } from '../check.ts';
import { firstBatch, short, stepper } from '../tools.ts';

/** Gradients add up until they are zeroed: without it each step follows all batches before. */
export const gradientsZeroed: DoctorCheck = {
  name: 'gradients-zeroed',
  title: 'each step starts from gradients of zero',
  async run(subject) {
    const { model } = subject;
    const batch = await firstBatch(subject);
    const norms = await leavingUntouched(model, () => {
      const { step, dispose } = stepper(subject);
      const before = stateDict(model);
      try {
        return [0, 1].map(() => {
          step(batch);
          const norm = tf.tidy(() => {
            const gradients = model.parameters().flatMap(({ grad }) => (grad === null ? [] : [grad]));
            return gradients.length === 0 ? 0 : globalNorm(gradients).dataSync()[0]!;
          });
          // The same weights and the same batch have the same gradient.
          loadStateDict(model, before);
          return norm;
        }) as [number, number];
      } finally {
        dispose();
      }
    });
    const [first, second] = norms;
    if (second === 0) return ok('no gradient is left after a step');
    const evidence = `the gradient's norm after a step is ${short(first)}, and ${short(second)} after the same step again`;
    if (second > 1.5 * first)
      return problem(evidence, 'call zeroGrad() of the model or the optimizer in each step');
    return ok(evidence);
  },
};
