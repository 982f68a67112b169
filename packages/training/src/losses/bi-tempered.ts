import { differentiable } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { number } from '../settings.ts';
import type { LossDefinition } from './definition.ts';
import { meanOf } from './mean.ts';

interface BiTemperedSettings {
  /** Below 1 the loss of one sample is bounded, so that outliers stop to count; 1 is the logarithm. */
  readonly temperature1: number;
  /** Above 1 probabilities have heavier tails, so that wrong labels near the boundary count less; 1 is the softmax. */
  readonly temperature2: number;
  /** As in the authors' code: the part that goes to all wrong classes, scaled by K / (K - 1). */
  readonly labelSmoothing: number;
  /** Rounds of the search for the normalization. */
  readonly iterations: number;
}

/** Bi-tempered logistic loss (Amid et al. 2019, arXiv:1906.03361), with the gradient that its authors derive. */
export const biTempered: LossDefinition<'bi-tempered', BiTemperedSettings> = {
  name: 'bi-tempered',
  targets: 'soft',
  settings: {
    temperature1: number(0.8, { from: 0, to: 1 }),
    temperature2: number(1.2, { from: 1 }),
    labelSmoothing: number(0, { from: 0, below: 1 }),
    iterations: number(5, { from: 1, to: 100, whole: true }),
  },
  compute(settings, { logits, targets, weights }) {
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
        const p = temperedSoftmax(logits, t2, iterations);
        save([p, smoothed]);
        const gain = tf.mul(smoothed, tf.sub(logT(tf.add(smoothed, 1e-10), t1), logT(p, t1)));
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
};

function logT(x: tf.Tensor, t: number): tf.Tensor {
  return t === 1 ? tf.log(x) : tf.div(tf.sub(tf.pow(x, 1 - t), 1), 1 - t);
}

function expT(x: tf.Tensor, t: number): tf.Tensor {
  return t === 1 ? tf.exp(x) : tf.pow(tf.relu(tf.add(1, tf.mul(x, 1 - t))), 1 / (1 - t));
}

/** Finds the normalization of heavy-tailed probabilities by the authors' fixed-point iteration. */
function temperedSoftmax(logits: tf.Tensor2D, t: number, iterations: number): tf.Tensor {
  if (t === 1) return tf.softmax(logits);
  const most = tf.max(logits, 1, true);
  const shifted = tf.sub(logits, most);
  let current: tf.Tensor = shifted;
  for (let i = 0; i < iterations; i++) {
    current = tf.mul(shifted, tf.pow(tf.sum(expT(current, t), 1, true), 1 - t));
  }
  const partition = tf.sum(expT(current, t), 1, true);
  const constant = tf.sub(most, logT(tf.div(1, partition), t));
  return expT(tf.sub(logits, constant), t);
}
