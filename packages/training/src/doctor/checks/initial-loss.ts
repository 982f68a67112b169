import { leavingUntouched } from '../../loop/leaving-untouched.ts';
import { type DoctorCheck, ok, problem, skipped, warning } from '../check.ts';
import { formatNumber } from '../format.ts';
import { firstBatch } from '../sample-batches.ts';
import { lossesWithGradients } from '../subject-model.ts';

/** A fresh classifier should predict every class with probability 1/K, which gives a cross-entropy of ln K. */
export const initialLoss: DoctorCheck = {
  name: 'initial-loss',
  title: 'the loss before training is that of guessing',
  async run(subject) {
    const { model, loss } = subject;
    const batch = await firstBatch(subject);
    const values = await leavingUntouched(model, () => lossesWithGradients(subject, batch));
    const found = loss.heads.flatMap((head, i) => {
      const only = [head.loss].flat();
      const name = only.length === 1 ? only[0]?.name : undefined;
      const expected =
        name === 'cross-entropy'
          ? Math.log(head.classes)
          : name === 'binary-cross-entropy'
            ? Math.log(2)
            : undefined;
      // The sum of a single head includes its weight.
      const value = loss.heads.length === 1 ? values[0]! / (head.weight ?? 1) : values[i + 1]!;
      return expected === undefined ? [] : [{ head: head.name, expected, value }];
    });
    if (found.length === 0) return skipped('the loss of guessing is not known for these losses');
    const evidence = found
      .map(
        ({ head, expected, value }) =>
          `${head}: ${formatNumber(value)}; guessing gives ${formatNumber(expected)}`,
      )
      .join('; ');
    if (found.some(({ value }) => !Number.isFinite(value))) {
      return problem(evidence, 'look for inputs and weights that are not finite');
    }
    if (found.some(({ expected, value }) => value > 2 * expected + 0.5)) {
      return problem(
        evidence,
        'initialize the last layer with small weights, and check the range of the inputs',
      );
    }
    if (found.some(({ expected, value }) => value > 1.3 * expected + 0.1)) {
      return warning(
        evidence,
        'initialize the last layer with smaller weights; the first steps only shrink them',
      );
    }
    if (found.some(({ expected, value }) => value < 0.5 * expected)) {
      return warning(
        evidence,
        'fine if the model has been trained; otherwise the inputs leak the labels, or the number of classes is wrong',
      );
    }
    return ok(evidence);
  },
};
