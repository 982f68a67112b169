import { Predictions, Rng } from '@podium/core';
import type { LabelInput, OutOfFold } from '../src/index.ts';

export interface MakeOptions {
  readonly rows?: number;
  readonly classes?: number;
  readonly teachers?: number;
  /** Added to the true class's logit. */
  readonly skill?: number;
  /** Number of labeled rows, three per group, in five folds. */
  readonly labeled?: number;
}

/** Input whose teachers are mostly correct, with the truth of its rows; the same for the same seed. */
export function makeLabelInput(
  seed: number,
  { rows = 60, classes = 3, teachers = 3, skill = 2, labeled = 60 }: MakeOptions = {},
): { input: LabelInput & { readonly outOfFold: OutOfFold }; truth: Int32Array } {
  const rng = Rng.fromSeed(seed);
  const names = Array.from({ length: classes }, (_, k) => `class ${k}`);
  const draw = (count: number, name: string) => {
    const own = rng.split(name);
    const truth = Int32Array.from({ length: count }, (_, row) => (row < classes ? row : own.int(classes)));
    const shared = own.fillNormal(new Float32Array(count * classes));
    const members = Array.from({ length: teachers }, (_, m) =>
      own
        .split('teacher', m)
        .fillNormal(new Float32Array(count * classes))
        .map(
          (value, i) =>
            0.5 * value + shared[i]! + (truth[Math.floor(i / classes)] === i % classes ? skill : 0),
        ),
    ).map(
      (values) =>
        new Predictions({
          ids: Array.from({ length: count }, (_, row) => `${name}-${row}.jpg`),
          classes: names,
          values,
          kind: 'logits',
          ...(name === 'labeled' && {
            folds: Int32Array.from({ length: count }, (_, row) => Math.floor(row / 3) % 5),
            groups: Array.from({ length: count }, (_, row) => `group ${Math.floor(row / 3)}`),
          }),
        }),
    );
    return { members, truth };
  };
  const { members, truth } = draw(rows, 'image');
  return {
    input: { head: 'mask', teachers: members, outOfFold: draw(labeled, 'labeled'), rng },
    truth,
  };
}

/** `[N,2]` predictions from the probability of `yes`. */
export function yesNo(probabilities: readonly number[], { groups }: { groups?: string[] } = {}): Predictions {
  return new Predictions({
    ids: probabilities.map((_, row) => (row < 26 ? `${String.fromCharCode(97 + row)}.jpg` : `${row}.jpg`)),
    classes: ['yes', 'no'],
    values: Float32Array.from(probabilities.flatMap((value) => [value, 1 - value])),
    kind: 'probabilities',
    ...(groups && { groups }),
  });
}
