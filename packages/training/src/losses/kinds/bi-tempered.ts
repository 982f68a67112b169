import { differentiable } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineLoss } from '../definition.ts';
import { meanOf } from '../mean.ts';

/** Bi-tempered logistic loss (Amid et al. 2019, arXiv:1906.03361), with the gradient that its authors derive. */
export const biTempered = defineLoss({
  name: 'bi-tempered',
  summary: 'Bounded loss with heavy tails, for labels of which some are wrong.',
  targets: 'soft',
  settings: z.strictObject({
    temperature1: z
      .number()
      .min(0)
      .max(1)
      .default(0.8)
      .describe('below 1 the loss per sample is bounded, so outliers count less; 1 is the logarithm'),
    temperature2: z
      .number()
      .min(1)
      .default(1.2)
      .describe('above 1 probabilities have heavier tails, so wrong labels near the boundary count less'),
    labelSmoothing: z
      .number()
      .min(0)
      .lt(1)
      .default(0)
      .describe("share of each target for the other classes, scaled as in the authors' code"),
    iterations: z
      .int()
      .min(1)
      .max(100)
      .default(20)
      .describe(
        "iterations that normalize the probabilities; the authors' 5 are too few for temperature2 above 2",
      ),
  }),
  create:
    (settings) =>
    ({ logits, targets, weights }) => {
      const { temperature1: t1, temperature2: t2, labelSmoothing, iterations } = settings;
      const classes = logits.shape[1];
      const smoothed =
        labelSmoothing === 0
          ? targets
          : tf.add(
              tf.mul(targets, 1 - (labelSmoothing * classes) / (classes - 1)),
              labelSmoothing / (classes - 1),
            );
      const perSample = differentiable(
        { logits },
        (save) => {
          const { p, log } = temperedSoftmax(logits, t2, iterations);
          save([p, smoothed]);
          // Not the logarithm of p, which is minus infinity where p is too small for float32.
          const logP = t1 === 1 ? log() : logT(p, t1);
          const gain = tf.mul(smoothed, tf.sub(logT(tf.add(smoothed, 1e-10), t1), logP));
          const rest = tf.div(tf.sub(tf.pow(smoothed, 2 - t1), tf.pow(p, 2 - t1)), 2 - t1);
          return tf.sum(tf.sub(gain, rest), 1);
        },
        (dy, saved) => {
          const [p, expected] = saved as [tf.Tensor, tf.Tensor];
          const scaled = tf.mul(tf.sub(p, expected), tf.pow(p, t2 - t1));
          const power = tf.pow(p, t2);
          const escort = tf.div(power, tf.sum(power, 1, true));
          const gradient = tf.sub(scaled, tf.mul(escort, tf.sum(scaled, 1, true)));
          return { logits: () => tf.mul(gradient, tf.expandDims(dy, 1)) };
        },
      );
      return meanOf(perSample, weights);
    },
});

function logT(x: tf.Tensor, t: number): tf.Tensor {
  return t === 1 ? tf.log(x) : tf.div(tf.sub(tf.pow(x, 1 - t), 1), 1 - t);
}

function expT(x: tf.Tensor, t: number): tf.Tensor {
  return t === 1 ? tf.exp(x) : tf.pow(tf.relu(tf.add(1, tf.mul(x, 1 - t))), 1 / (1 - t));
}

/** Heavy-tailed probabilities, normalized by the authors' fixed-point iteration, and their logarithm. */
function temperedSoftmax(
  logits: tf.Tensor2D,
  t: number,
  iterations: number,
): { readonly p: tf.Tensor; readonly log: () => tf.Tensor } {
  if (t === 1) return { p: tf.softmax(logits), log: () => tf.logSoftmax(logits) };
  const max = tf.max(logits, 1, true);
  const shifted = tf.sub(logits, max);
  let current: tf.Tensor = shifted;
  for (let i = 0; i < iterations; i++) {
    current = tf.mul(shifted, tf.pow(tf.sum(expT(current, t), 1, true), 1 - t));
  }
  const partition = tf.sum(expT(current, t), 1, true);
  const constant = tf.sub(max, logT(tf.div(1, partition), t));
  const rest = tf.sub(logits, constant);
  return {
    p: expT(rest, t),
    log: () => tf.div(tf.log(tf.add(1, tf.mul(rest, 1 - t))), 1 - t),
  };
}
