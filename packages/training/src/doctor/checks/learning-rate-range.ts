import { findLearningRate } from '../../loop/find-learning-rate.ts';
import { type DoctorCheck, ok, problem, skipped, warning } from '../check.ts';
import { formatNumber } from '../format.ts';
import { firstImages } from '../sample-batches.ts';

const STEPS = 50;

/** Tries rising learning rates on your model and data, suggests one, and compares yours with it. */
export const learningRateRange: DoctorCheck = {
  name: 'learning-rate-range',
  title: 'the learning rate is in the range where the loss falls',
  steps: STEPS,
  batches: STEPS,
  async run(subject) {
    let pass = 0;
    const { valley, steepest, diverged } = await findLearningRate(
      subject,
      () => firstImages(subject.batches(pass++)),
      { from: 1e-6, steps: STEPS },
    );
    if (valley === undefined || steepest === undefined) {
      return skipped('the loss fell at no learning rate: see the other checks');
    }
    const suggestion =
      `suggested is ${formatNumber(valley)}; the loss falls fastest at ${formatNumber(steepest)}` +
      (diverged === undefined ? '' : ` and diverges from ${formatNumber(diverged)}`);
    const rate = subject.learningRate ?? subject.optimizer.learningRate;
    if (rate === undefined) return ok(`no learning rate is set; ${suggestion}`);
    const evidence = `the learning rate is ${formatNumber(rate)}; ${suggestion}`;
    const [low, high] = [Math.min(valley, steepest), Math.max(valley, steepest)];
    const fix = `${rate < low ? 'raise' : 'lower'} the learning rate to about ${formatNumber(valley)}`;
    if (diverged !== undefined && rate >= diverged) return problem(evidence, fix);
    // Far below, training takes forever; far above, the loss is about to diverge.
    if (rate < low / 100 || rate > high * 100) return problem(evidence, fix);
    if (rate < low / 20 || rate > high * 20) return warning(evidence, fix);
    return ok(evidence);
  },
};
