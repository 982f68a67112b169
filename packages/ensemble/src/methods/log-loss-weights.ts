import { minimizeLbfgs, type Predictions } from '@podium/core';
import { defineMethod, type FitRows, type FittedOn, type Method, type MethodEntry } from '../method.ts';
import { mean } from '../rules/mean.ts';
import { probabilitiesOf } from '../support/members.ts';
import { readSettings } from '../support/settings.ts';
import type { MemberWeights } from './selection.ts';

/** How far the log loss may be above the least possible, in nats a row. */
const GAP = 1e-7;
const MOST_ROUNDS = 2000;
/** A probability of the truth counts at least this much. */
const FLOOR = 1e-15;

/**
 * The weights, >= 0 and of sum 1, whose mean of probabilities has the least log loss. The problem is convex: L-BFGS on
 * the weights' softmax comes near the optimum, and rounds of expectation maximization go on until the bound of Frank and
 * Wolfe says that it is within 1e-7 nats of it.
 */
export function logLossWeights(): Method<MemberWeights & FittedOn> {
  return defineMethod({
    name: 'log-loss-weights',
    fit: (rows) => ({ weights: optimize(rows) }),
    apply: ({ weights }, members) => mean(members, weights),
  });
}

function optimize({ members, truth }: FitRows): number[] {
  // All that the loss looks at: each member's probability of the true class.
  const ofTruth = members.map((member) => probabilitiesOfTruth(member, truth));
  const length = truth.length;
  const mixture = new Float64Array(length);
  /** For each member, mean(p / mixture): minus the slope of the loss along its weight. At the optimum none is above 1. */
  const slopes = (weights: Float64Array): { loss: number; ratios: Float64Array } => {
    mixture.fill(0);
    ofTruth.forEach((own, m) => {
      const weight = weights[m]!;
      if (weight === 0) return;
      for (let i = 0; i < length; i++) mixture[i] = mixture[i]! + weight * own[i]!;
    });
    let loss = 0;
    for (let i = 0; i < length; i++) loss -= Math.log(mixture[i]!);
    const ratios = Float64Array.from(ofTruth, (own) => {
      let sum = 0;
      for (let i = 0; i < length; i++) sum += own[i]! / mixture[i]!;
      return sum / length;
    });
    return { loss: loss / length, ratios };
  };

  const start = minimizeLbfgs(
    (x, gradient) => {
      const weights = softmax(x);
      const { loss, ratios } = slopes(weights);
      // The ratios' mean under the weights is 1.
      for (let m = 0; m < x.length; m++) gradient[m] = weights[m]! * (1 - ratios[m]!);
      return loss;
    },
    new Float64Array(members.length),
    { tolerance: 1e-9, maxIterations: 500 },
  );
  let weights = softmax(start.x);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const { ratios } = slopes(weights);
    if (Math.max(...ratios) - 1 < GAP) break;
    weights = weights.map((weight, m) => weight * ratios[m]!);
  }
  const kept = weights.map((weight) => (weight < 1e-6 ? 0 : weight));
  const sum = kept.reduce((total, weight) => total + weight, 0);
  return Array.from(kept, (weight) => weight / sum);
}

function probabilitiesOfTruth(member: Predictions, truth: Int32Array): Float64Array {
  const values = probabilitiesOf(member);
  const width = member.classes.length;
  return Float64Array.from(truth, (label, row) => Math.max(FLOOR, values[row * width + label]!));
}

function softmax(x: Float64Array): Float64Array {
  const top = Math.max(...x);
  const terms = x.map((value) => Math.exp(value - top));
  const sum = terms.reduce((total, term) => total + term, 0);
  return terms.map((term) => term / sum);
}

export const entry: MethodEntry = {
  name: 'log-loss-weights',
  summary: 'Weights of the mean with the least log loss, >= 0 and of sum 1.',
  parse: (settings) => {
    readSettings('method "log-loss-weights"', settings).end();
    return logLossWeights();
  },
};
