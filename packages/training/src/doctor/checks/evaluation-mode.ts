import { BatchNorm2d, Dropout, DropPath } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { leavingUntouched } from '../../loop/leaving-untouched.ts';
import { forward } from '../../loop/supervised-step.ts';
import { type DoctorCheck, ok, problem, skipped, warning } from '../check.ts';
import { formatNumber } from '../format.ts';
import { firstBatch } from '../sample-batches.ts';
import { inMode, inputOf, predict, withDoctorRng } from '../subject-model.ts';

/** Dropout and batch norm behave differently in training mode; predictions need evaluation mode. */
export const evaluationMode: DoctorCheck = {
  name: 'evaluation-mode',
  title: 'predictions use evaluation mode, and training uses training mode',
  async run(subject) {
    const { model } = subject;
    const affected = model.modules().filter((module) => {
      const layer: unknown = module;
      if (layer instanceof BatchNorm2d) return !layer.frozenStatistics;
      return (layer instanceof Dropout || layer instanceof DropPath) && layer.rate > 0;
    });
    if (affected.length === 0) return skipped('no layer behaves differently in training');
    const batch = await firstBatch(subject);
    const { repeated, alone, mode, scale } = await leavingUntouched(model, () =>
      tf.tidy(() => {
        const x = inputOf(batch, subject);
        const first = withDoctorRng(subject, 0, () => predict(subject, x));
        const second = withDoctorRng(subject, 1, () => predict(subject, x));
        const single = withDoctorRng(subject, 0, () => predict(subject, tf.slice(x, 0, 1)));
        const training = inMode(model, 'training', () => withDoctorRng(subject, 0, () => forward(model, x)));
        const evaluated = inMode(model, 'evaluation', () => forward(model, x));
        return {
          repeated: distance(first, second),
          alone: distance(tf.slice(first, 0, 1), single),
          mode: distance(training, evaluated),
          scale: Math.max(tf.max(tf.abs(evaluated)).dataSync()[0]!, 1e-6),
        };
      }),
    );
    const tolerance = 1e-3 * scale;
    if (repeated > tolerance) {
      return problem(
        `two predictions of the same images differ by ${formatNumber(repeated)}: dropout is active`,
        'call model.eval() before predicting',
      );
    }
    if (alone > tolerance) {
      return problem(
        `the prediction of an image alone differs by ${formatNumber(alone)} from that in a batch: batch norm uses the batch`,
        'call model.eval() before predicting',
      );
    }
    if (mode <= 1e-6 * scale) {
      return warning(
        `training mode changes nothing, though ${affected.length} layers should behave differently`,
        'make sure that train() reaches every layer: keep modules in attributes or Sequential, and do not override train()',
      );
    }
    return ok(
      `predictions are repeatable and independent of the batch; training mode of ${affected.length} layers changes them by ${formatNumber(mode)}`,
    );
  },
};

function distance(a: tf.Tensor, b: tf.Tensor): number {
  return tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;
}
