import { evaluate } from '../../loop/validate.ts';
import { type DoctorCheck, ok, problem, skipped, warning } from '../check.ts';
import { atMost, list } from '../tools.ts';

/** Of what is predicted, for time's sake. */
const MOST_BATCHES = 64;

/** A class that a trained model never answers with costs macro scores dearly, and accuracy hides it. */
export const classesPredicted: DoctorCheck = {
  name: 'classes-predicted',
  title: 'every class that occurs is predicted at least once',
  async run(subject) {
    const { loss, classNames, batches, validation } = subject;
    const result = await evaluate(subject, atMost(validation?.() ?? batches(0), MOST_BATCHES), classNames);
    const never: string[] = [];
    const onlyOne: string[] = [];
    let judged = 0;
    for (const { name, classes } of loss.heads) {
      const predictions = result.predictions[name]!;
      const targets = result.targets[name];
      if (targets === undefined || targets.length !== predictions.length) continue;
      const answers = predictions.argmax();
      const head = loss.heads.length === 1 ? result.loss : result.losses[name]!;
      // A model that still guesses answers with some class or other.
      if (head > 0.9 * Math.log(classes) && !beatsMajority(answers, targets)) continue;
      judged++;
      const answered = new Set(answers);
      const occurring = new Set(Array.from(targets).filter((label) => label >= 0));
      for (const label of occurring)
        if (!answered.has(label)) never.push(`${name} ${predictions.classes[label]}`);
      if (answered.size === 1 && occurring.size > 1) onlyOne.push(name);
    }
    if (judged === 0) return skipped('the model does no better than guessing yet');
    const fix = 'weigh classes (balancedClassWeights), sample rare ones more often, or look at their labels';
    if (onlyOne.length > 0) return problem(`only one class is ever predicted for ${list(onlyOne)}`, fix);
    if (never.length > 0) return warning(`never predicted: ${list(never)}`, fix);
    return ok('every class that occurs is predicted');
  },
};

/** Whether more answers are right than if all were the most frequent class, by more than chance. */
function beatsMajority(answers: ArrayLike<number>, targets: ArrayLike<number>): boolean {
  const counts = new Map<number, number>();
  let right = 0;
  for (let i = 0; i < targets.length; i++) {
    const label = targets[i]!;
    counts.set(label, (counts.get(label) ?? 0) + 1);
    right += Number(answers[i] === label);
  }
  const majority = Math.max(...counts.values());
  return right > majority + 2 * Math.sqrt(majority);
}
