import { leavingUntouched } from '../../loop/untouched.ts';
import { type DoctorCheck, ok, problem, skipped, warning } from '../check.ts';
import { firstBatch, gradientsOf, short } from '../tools.ts';

/** A model that knows nothing yet should say 1/K of every class, and its cross-entropy be ln K. */
export const initialLoss: DoctorCheck = {
  name: 'initial-loss',
  title: 'the loss before training is that of guessing',
  async run(subject) {
    const { model, loss } = subject;
    const batch = await firstBatch(subject);
    const values = await leavingUntouched(model, () => gradientsOf(subject, batch));
    const found = loss.heads.flatMap((head, i) => {
      const only = [head.loss].flat();
      const name = only.length === 1 ? only[0]?.name : undefined;
      const expected =
        name === 'cross-entropy'
          ? Math.log(head.classes)
          : name === 'binary-cross-entropy'
            ? Math.log(2)
            : undefined;
      // With one head its weight is in the sum.
      const value = loss.heads.length === 1 ? values[0]! / (head.weight ?? 1) : values[i + 1]!;
      return expected === undefined ? [] : [{ head: head.name, expected, value }];
    });
    if (found.length === 0) return skipped('no head has a loss whose value for guessing is known');
    const evidence = found
      .map(({ head, expected, value }) => `${head}: ${short(value)}, guessing gives ${short(expected)}`)
      .join('; ');
    if (found.some(({ value }) => !Number.isFinite(value))) {
      return problem(evidence, 'look for values that are not finite in the inputs and the weights');
    }
    if (found.some(({ expected, value }) => value > 2 * expected + 0.5)) {
      return problem(evidence, 'start the last layer with small weights, and check the range of the inputs');
    }
    if (found.some(({ expected, value }) => value > 1.3 * expected + 0.1)) {
      return warning(evidence, 'start the last layer with smaller weights: the first steps only shrink them');
    }
    if (found.some(({ expected, value }) => value < 0.5 * expected)) {
      return warning(
        evidence,
        'fine where the model has been trained already; else something gives the labels away, or the number of classes is wrong',
      );
    }
    return ok(evidence);
  },
};
