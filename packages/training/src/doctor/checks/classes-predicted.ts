import { evaluate } from '../../loop/evaluate.ts';
import { type DoctorCheck, ok, problem, skipped, warning } from '../check.ts';
import { formatList } from '../format.ts';
import { takeBatches } from '../sample-batches.ts';

/** Batches to predict: enough to see rare classes, few enough to be fast. */
const MAX_BATCHES = 64;

/** A class that a trained model never predicts lowers macro scores a lot; accuracy hides it. */
export const classesPredicted: DoctorCheck = {
  name: 'classes-predicted',
  title: 'every class that occurs is predicted at least once',
  // Without a backward pass.
  steps: MAX_BATCHES / 3,
  batches: MAX_BATCHES,
  async run(subject) {
    const { loss, classNames, batches, validation } = subject;
    const result = await evaluate(
      subject,
      takeBatches(validation?.() ?? batches(0), MAX_BATCHES),
      classNames,
    );
    const never: string[] = [];
    const onlyOne: string[] = [];
    let judged = 0;
    for (const { name, classes } of loss.heads) {
      const predictions = result.predictions[name]!;
      const targets = result.targets[name];
      if (targets === undefined || targets.length !== predictions.length) continue;
      const predicted = predictions.argmax();
      const headLoss = loss.heads.length === 1 ? result.loss : result.losses[name]!;
      // An untrained model predicts arbitrary classes.
      if (headLoss > 0.9 * Math.log(classes) && !beatsMajority(predicted, targets)) continue;
      judged++;
      const predictedClasses = new Set(predicted);
      const occurring = new Set(Array.from(targets).filter((label) => label >= 0));
      for (const label of occurring)
        if (!predictedClasses.has(label)) never.push(`${name} ${predictions.classes[label]}`);
      if (predictedClasses.size === 1 && occurring.size > 1) onlyOne.push(name);
    }
    if (judged === 0) return skipped('the model is not better than guessing yet');
    const fix = 'use class weights, sample rare classes more often, or check their labels';
    if (onlyOne.length > 0) return problem(`only one class is predicted for ${formatList(onlyOne)}`, fix);
    if (never.length > 0) return warning(`never predicted: ${formatList(never)}`, fix);
    return ok('every class that occurs is predicted');
  },
};

/** Whether predictions are better than always predicting the most frequent class, by more than chance. */
function beatsMajority(predicted: ArrayLike<number>, targets: ArrayLike<number>): boolean {
  const counts = new Map<number, number>();
  let correct = 0;
  for (let i = 0; i < targets.length; i++) {
    const label = targets[i]!;
    counts.set(label, (counts.get(label) ?? 0) + 1);
    correct += Number(predicted[i] === label);
  }
  const majority = Math.max(...counts.values());
  return correct > majority + 2 * Math.sqrt(majority);
}
