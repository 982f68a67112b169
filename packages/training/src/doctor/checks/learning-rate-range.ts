import { findLearningRate } from '../../loop/find-learning-rate.ts';
import { type DoctorCheck, ok, problem, skipped, warning } from '../check.ts';
import { short, smaller } from '../tools.ts';

const STEPS = 50;

/** The learning rate lies where the loss falls, by the finder. */
export const learningRateRange: DoctorCheck = {
  name: 'learning-rate-range',
  title: 'the learning rate is one at which the loss falls',
  async run(subject) {
    const rate = subject.learningRate ?? subject.optimizer.learningRate;
    if (rate === undefined) return skipped('the learning rate is not set');
    let pass = 0;
    const curve = await findLearningRate(subject, () => smaller(subject.batches(pass++)), {
      from: 1e-6,
      steps: STEPS,
    });
    const { valley, steepest, diverged } = curve;
    if (valley === undefined || steepest === undefined) {
      return skipped('the loss fell at no learning rate: see the other checks');
    }
    const evidence =
      `the rate is ${short(rate)}; the loss falls around ${short(valley)}, fastest at ${short(steepest)}` +
      (diverged === undefined ? '' : `, and diverges from ${short(diverged)} on`);
    if (diverged !== undefined && rate >= diverged) {
      return problem(evidence, `start from ${short(valley)}`);
    }
    const [low, high] = [Math.min(valley, steepest), Math.max(valley, steepest)];
    // Less than a hundredth trains, but hardly in this life; above, the loss is about to climb.
    if (rate < low / 100) return problem(evidence, `raise it to about ${short(valley)}`);
    if (rate > high * 100) return problem(evidence, `start from ${short(valley)}`);
    if (rate < low / 20 || rate > high * 20) return warning(evidence, `try ${short(valley)}`);
    return ok(evidence);
  },
};
