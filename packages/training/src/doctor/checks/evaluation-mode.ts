import { BatchNorm2d, Dropout, DropPath } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { forward } from '../../loop/train-step.ts';
import { leavingUntouched } from '../../loop/untouched.ts';
import { type DoctorCheck, ok, problem, skipped, warning } from '../check.ts';
import { firstBatch, inMode, inputOf, predict, short, withDoctorRng } from '../tools.ts';

/** Dropout and batch norm behave differently in training; predictions have to be made without. */
export const evaluationMode: DoctorCheck = {
  name: 'evaluation-mode',
  title: 'predictions are made in evaluation mode, and training in training mode',
  async run(subject) {
    const { model } = subject;
    const affected = model.modules().filter((module) => {
      const each: unknown = module;
      if (each instanceof BatchNorm2d) return !each.frozenStatistics;
      return (each instanceof Dropout || each instanceof DropPath) && each.rate > 0;
    });
    if (affected.length === 0) return skipped('no layer behaves differently in training');
    const batch = await firstBatch(subject);
    const { again, alone, mode, scale } = await leavingUntouched(model, () =>
      tf.tidy(() => {
        const x = inputOf(batch, subject);
        const first = withDoctorRng(subject, 0, () => predict(subject, x));
        const second = withDoctorRng(subject, 1, () => predict(subject, x));
        const single = withDoctorRng(subject, 0, () => predict(subject, tf.slice(x, 0, 1)));
        const training = inMode(model, true, () => withDoctorRng(subject, 0, () => forward(model, x)));
        const evaluated = inMode(model, false, () => forward(model, x));
        return {
          again: distance(first, second),
          alone: distance(tf.slice(first, 0, 1), single),
          mode: distance(training, evaluated),
          scale: Math.max(tf.max(tf.abs(evaluated)).dataSync()[0]!, 1e-6),
        };
      }),
    );
    const tolerance = 1e-3 * scale;
    if (again > tolerance) {
      return problem(
        `two predictions of the same images differ by ${short(again)}: dropout is on`,
        'call model.eval() before predicting',
      );
    }
    if (alone > tolerance) {
      return problem(
        `an image's prediction alone differs by ${short(alone)} from the one in a batch: batch norm uses the batch`,
        'call model.eval() before predicting',
      );
    }
    if (mode <= 1e-6 * scale) {
      return warning(
        `training mode changes nothing, though ${affected.length} layers should behave differently`,
        'make sure that train() reaches every layer: no plain lists of modules, no overridden train()',
      );
    }
    return ok(
      `predictions are the same each time and alone; training mode changes them by ${short(mode)} through ${affected.length} layers`,
    );
  },
};

function distance(a: tf.Tensor, b: tf.Tensor): number {
  return tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;
}
