import { fitLogisticRegression, linearProbabilities, oneHot, type Predictions } from '@podium/core';
import { z } from 'zod';
import { blended } from '../members/align-members.ts';
import { scoresOf } from '../members/probabilities.ts';
import { defineMethod, type FittedOn, type Method, type MethodEntry, methodSettings } from '../method.ts';

const NAME = 'stacking';

const settings = z.strictObject({
  c: z
    .number()
    .min(1e-12)
    .max(1e12)
    .default(1)
    .describe("Inverse strength of the L2 penalty, scikit-learn's C; try 1e-4 to 1 for similar members."),
  tolerance: z
    .number()
    .min(1e-12)
    .max(1)
    .default(1e-5)
    .describe("Stops where the largest part of the mean loss's gradient is below this."),
  maxIterations: z.int().min(1).max(100_000).default(200).describe('Most iterations of L-BFGS.'),
});

export type StackingOptions = z.input<typeof settings>;

interface StackedModel {
  /** The classes with true rows, ascending; the others have probability 0. */
  readonly present: readonly number[];
  /** `[present,F]` row by row. */
  readonly weights: readonly number[];
  /** `[present]` */
  readonly bias: readonly number[];
}

/**
 * A second-level model over the members (Wolpert, Stacked Generalization, 1992): multinomial logistic regression with an L2
 * penalty on the out-of-fold logits of all members side by side (log probabilities for members without logits), with the
 * numbers of scikit-learn's LogisticRegression. A class without true rows is never predicted.
 */
export function stacking(options: StackingOptions = {}): Method<StackedModel & FittedOn> {
  const parsed = methodSettings(NAME, settings, options);
  return defineMethod({
    name: NAME,
    fit: ({ members, truth }) => fitStack(featuresOf(members), truth, parsed),
    apply: (model, members) => blended(members, applyStack(model, featuresOf(members), members[0]!)),
  });
}

/** `[N,F]` with F = members x K. */
function featuresOf(members: readonly Predictions[]): Float64Array {
  const first = members[0]!;
  const width = first.classes.length;
  const features = new Float64Array(first.values.length * members.length);
  members.forEach((member, m) => {
    const scores = scoresOf(member);
    for (let row = 0; row < first.length; row++) {
      features.set(scores.subarray(row * width, (row + 1) * width), (row * members.length + m) * width);
    }
  });
  return features;
}

function fitStack(
  features: Float64Array,
  truth: Int32Array,
  options: z.output<typeof settings>,
): StackedModel {
  const present = [...new Set(truth)].sort((a, b) => a - b);
  const targets = oneHot(
    truth.map((k) => present.indexOf(k)),
    present.length,
  );
  const { weights, bias } = fitLogisticRegression(features, targets, present.length, options);
  return { present, weights: [...weights], bias: [...bias] };
}

function applyStack(
  { present, weights, bias }: StackedModel,
  features: Float64Array,
  { classes, length }: Predictions,
): Float64Array {
  const model = { weights: Float64Array.from(weights), bias: Float64Array.from(bias) };
  const probabilities = linearProbabilities(model, features);
  const result = new Float64Array(length * classes.length);
  for (let row = 0; row < length; row++) {
    present.forEach((k, i) => {
      result[row * classes.length + k] = probabilities[row * present.length + i]!;
    });
  }
  return result;
}

export const entry: MethodEntry = {
  name: NAME,
  summary: "Multinomial logistic regression with L2 over all members' logits.",
  settings,
  parse: (given) => stacking(given as StackingOptions),
};
