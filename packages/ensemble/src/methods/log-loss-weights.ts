import { minimizeLbfgs, type Predictions, softmaxInPlace } from '@podium/core';
import { z } from 'zod';
import { probabilitiesOf } from '../members/probabilities.ts';
import {
  defineMethod,
  type FitRows,
  type FittedOn,
  type Method,
  type MethodEntry,
  methodSettings,
} from '../method.ts';
import { mean } from '../rules/mean.ts';
import type { MemberWeights } from './selection.ts';

/** How far the log loss may be above the minimum, in nats per row. */
const TOLERANCE = 1e-7;
const MAX_ROUNDS = 2000;
/** Probabilities of the true class are raised to this. */
const MIN_PROBABILITY = 1e-15;

/**
 * The weights, >= 0 and of sum 1, whose mean of probabilities has the lowest log loss. The problem is convex: L-BFGS on the
 * weights' softmax comes near the optimum, then expectation maximization continues until the Frank-Wolfe bound guarantees
 * that it is within 1e-7 nats.
 */
export function logLossWeights(): Method<MemberWeights & FittedOn> {
  return defineMethod({
    name: 'log-loss-weights',
    fit: (rows) => ({ weights: optimize(rows) }),
    apply: ({ weights }, members) => mean(members, weights),
  });
}

function optimize({ members, truth }: FitRows): number[] {
  // The loss depends only on each member's probability of the true class.
  const ofTruth = members.map((member) => probabilitiesOfTruth(member, truth));
  const length = truth.length;
  const mixture = new Float64Array(length);
  /** Per member, mean(p / mixture): minus the slope of the loss along its weight. At the optimum none is above 1. */
  const slopes = (weights: Float64Array): { loss: number; ratios: Float64Array } => {
    mixture.fill(0);
    ofTruth.forEach((probabilities, m) => {
      const weight = weights[m]!;
      if (weight === 0) return;
      for (let i = 0; i < length; i++) mixture[i] = mixture[i]! + weight * probabilities[i]!;
    });
    let loss = 0;
    for (let i = 0; i < length; i++) loss -= Math.log(mixture[i]!);
    const ratios = Float64Array.from(ofTruth, (probabilities) => {
      let sum = 0;
      for (let i = 0; i < length; i++) sum += probabilities[i]! / mixture[i]!;
      return sum / length;
    });
    return { loss: loss / length, ratios };
  };

  const start = minimizeLbfgs(
    (x, gradient) => {
      const weights = softmaxInPlace(x.slice(), x.length);
      const { loss, ratios } = slopes(weights);
      // The ratios' mean under the weights is 1.
      for (let m = 0; m < x.length; m++) gradient[m] = weights[m]! * (1 - ratios[m]!);
      return loss;
    },
    new Float64Array(members.length),
    { tolerance: 1e-9, maxIterations: 500 },
  );
  let weights = softmaxInPlace(start.x, start.x.length);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const { ratios } = slopes(weights);
    if (Math.max(...ratios) - 1 < TOLERANCE) break;
    weights = weights.map((weight, m) => weight * ratios[m]!);
  }
  const kept = weights.map((weight) => (weight < 1e-6 ? 0 : weight));
  const sum = kept.reduce((total, weight) => total + weight, 0);
  return Array.from(kept, (weight) => weight / sum);
}

function probabilitiesOfTruth(member: Predictions, truth: Int32Array): Float64Array {
  const values = probabilitiesOf(member);
  const width = member.classes.length;
  return Float64Array.from(truth, (label, row) => Math.max(MIN_PROBABILITY, values[row * width + label]!));
}

const settings = z.strictObject({});

export const entry: MethodEntry = {
  name: 'log-loss-weights',
  summary: 'Weights of the mean with the lowest log loss, >= 0 and of sum 1.',
  settings,
  parse: (given) => {
    methodSettings('log-loss-weights', settings, given);
    return logLossWeights();
  },
};
