import type { Predictions } from '@podium/core';
import { defineMethod, type FittedOn, type Method, type MethodEntry } from '../method.ts';
import { blended, scoresOf } from '../support/members.ts';
import { applyMultinomial, fitMultinomial, type MultinomialModel } from '../support/multinomial.ts';
import { readSettings } from '../support/settings.ts';

export interface StackingOptions {
  /** The inverse strength of the L2 penalty, scikit-learn's C. Default 1; try 1e-4 to 1 where members are alike. */
  readonly c?: number;
  /** The largest part of the mean loss's gradient at the end. Default 1e-5. */
  readonly tolerance?: number;
  /** Default 200. */
  readonly maxIterations?: number;
}

/**
 * A second-level model over the members (Wolpert, Stacked Generalization, 1992): multinomial logistic regression with L2
 * on all members' out-of-fold logits side by side (logarithms, where a member gives probabilities), with the numbers of
 * scikit-learn's LogisticRegression. A class without a true row to fit on is never predicted.
 */
export function stacking(settings: StackingOptions = {}): Method<MultinomialModel & FittedOn> {
  const options = optionsFrom(settings);
  return defineMethod({
    name: 'stacking',
    fit: ({ members, truth }) => fitMultinomial(featuresOf(members), truth, options),
    apply: (model, members) => {
      const [first] = members as readonly [Predictions];
      const features = featuresOf(members);
      return blended(members, applyMultinomial(model, features, first.length, first.classes.length));
    },
  });
}

/** `[N, members x K]`. */
function featuresOf(members: readonly Predictions[]): Float64Array {
  const [first] = members as readonly [Predictions];
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

function optionsFrom(settings: unknown): Required<StackingOptions> {
  const reader = readSettings('method "stacking"', settings);
  const options = {
    c: reader.number('c', 1, 1e-12, 1e12),
    tolerance: reader.number('tolerance', 1e-5, 1e-12, 1),
    maxIterations: reader.integer('maxIterations', 200, 1, 100_000),
  };
  reader.end();
  return options;
}

export const entry: MethodEntry = {
  name: 'stacking',
  summary: "Multinomial logistic regression with L2 over all members' logits.",
  parse: (settings) => stacking(optionsFrom(settings)),
};
