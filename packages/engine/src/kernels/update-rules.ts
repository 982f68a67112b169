import * as tf from '@tensorflow/tfjs-core';

/**
 * How an optimizer updates one parameter. `reference` does in TensorFlow.js ops what the native op does for a list of
 * parameters (native/ops/update.cc, native/ops/lamb.cc). Weights, gradients and slots (averages that persist between
 * steps) have equal shapes and are float32.
 */
export interface UpdateRule<Setting extends string = string> {
  /** Native op; without one, `reference` runs on every backend. */
  readonly op?: string;
  /** Names of the rule's settings per parameter, in the op's order. */
  readonly settings: readonly Setting[];
  /** Returns the new weights and slots. Called inside `tf.tidy`. */
  readonly reference: (
    weights: tf.Tensor,
    gradient: tf.Tensor,
    slots: readonly tf.Tensor[],
    settings: Readonly<Record<Setting, number>>,
  ) => { readonly weights: tf.Tensor; readonly slots: readonly tf.Tensor[] };
}

const { add, sub, mul, div, sqrt } = tf;

/** The gradient with L2 weight decay. */
function withDecay(gradient: tf.Tensor, weights: tf.Tensor, weightDecay: number): tf.Tensor {
  return weightDecay === 0 ? gradient : add(gradient, mul(weights, weightDecay));
}

function lerp(from: tf.Tensor, to: tf.Tensor, amount: number): tf.Tensor {
  return add(from, mul(sub(to, from), amount));
}

/** SGD. Optional slot: the momentum buffer, `momentum * buffer + keep * gradient`. */
export const sgdRule: UpdateRule<'weightDecay' | 'momentum' | 'keep' | 'byGradient' | 'byBuffer'> = {
  op: 'PodiumSgd',
  settings: ['weightDecay', 'momentum', 'keep', 'byGradient', 'byBuffer'],
  reference(weights, given, [buffer], { weightDecay, momentum, keep, byGradient, byBuffer }) {
    const gradient = withDecay(given, weights, weightDecay);
    if (buffer === undefined) return { weights: sub(weights, mul(gradient, byGradient)), slots: [] };
    const next = add(mul(buffer, momentum), mul(gradient, keep));
    const change = add(mul(gradient, byGradient), mul(next, byBuffer));
    return { weights: sub(weights, change), slots: [next] };
  },
};

/**
 * Adam and its variants. Slots: average gradient, average square, and optionally the maximum of the average square
 * (AMSGrad). Weights are multiplied by `decay`; then `(byAverage * average + byGradient * gradient) / (sqrt(square) /
 * correction + epsilon)` is subtracted.
 */
export const adamRule: UpdateRule<
  | 'decay'
  | 'weightDecay'
  | 'rate1'
  | 'beta2'
  | 'rate2'
  | 'correction'
  | 'epsilon'
  | 'byAverage'
  | 'byGradient'
> = {
  op: 'PodiumAdam',
  settings: [
    'decay',
    'weightDecay',
    'rate1',
    'beta2',
    'rate2',
    'correction',
    'epsilon',
    'byAverage',
    'byGradient',
  ],
  reference(weights, given, slots, s) {
    const decayed = s.decay === 1 ? weights : mul(weights, s.decay);
    const gradient = withDecay(given, decayed, s.weightDecay);
    const average = lerp(slots[0]!, gradient, s.rate1);
    const square = add(mul(slots[1]!, s.beta2), mul(mul(gradient, gradient), s.rate2));
    const maxSquare = slots[2] === undefined ? undefined : tf.maximum(slots[2], square);
    const change = add(mul(average, s.byAverage), mul(gradient, s.byGradient));
    const scale = add(div(sqrt(maxSquare ?? square), s.correction), s.epsilon);
    return {
      weights: sub(decayed, div(change, scale)),
      slots: maxSquare === undefined ? [average, square] : [average, square, maxSquare],
    };
  },
};

/** RMSprop. Slots: average square; average gradient if `centered` is 1; momentum buffer if `momentum` is above 0. */
export const rmsPropRule: UpdateRule<
  'learningRate' | 'weightDecay' | 'alpha' | 'rate' | 'epsilon' | 'momentum' | 'centered'
> = {
  op: 'PodiumRmsProp',
  settings: ['learningRate', 'weightDecay', 'alpha', 'rate', 'epsilon', 'momentum', 'centered'],
  reference(weights, given, slots, s) {
    const gradient = withDecay(given, weights, s.weightDecay);
    const square = add(mul(slots[0]!, s.alpha), mul(mul(gradient, gradient), s.rate));
    const next = [square];
    let variance = square;
    if (s.centered === 1) {
      const average = lerp(slots[1]!, gradient, s.rate);
      variance = sub(square, mul(average, average));
      next.push(average);
    }
    let change = div(gradient, add(sqrt(variance), s.epsilon));
    if (s.momentum > 0) {
      change = add(mul(slots[next.length]!, s.momentum), change);
      next.push(change);
    }
    return { weights: sub(weights, mul(change, s.learningRate)), slots: next };
  },
};

/** Lion. Slot: average gradient. */
export const lionRule: UpdateRule<'decay' | 'rate1' | 'rate2' | 'learningRate'> = {
  op: 'PodiumLion',
  settings: ['decay', 'rate1', 'rate2', 'learningRate'],
  reference(weights, gradient, slots, { decay, rate1, rate2, learningRate }) {
    const average = slots[0]!;
    const sign = tf.sign(lerp(average, gradient, rate1));
    return {
      weights: sub(mul(weights, decay), mul(sign, learningRate)),
      slots: [lerp(average, gradient, rate2)],
    };
  },
};

/**
 * LAMB. Slots: average gradient, average square. The step is `learningRate` times the trust ratio (norm of the weights
 * divided by the norm of the update), clipped to `maxTrust`; if `maxTrust` is 0, it is `learningRate`.
 */
export const lambRule: UpdateRule<
  | 'decay'
  | 'weightDecay'
  | 'beta1'
  | 'rate1'
  | 'beta2'
  | 'rate2'
  | 'correction1'
  | 'correction2'
  | 'epsilon'
  | 'learningRate'
  | 'maxTrust'
> = {
  op: 'PodiumLamb',
  settings: [
    'decay',
    'weightDecay',
    'beta1',
    'rate1',
    'beta2',
    'rate2',
    'correction1',
    'correction2',
    'epsilon',
    'learningRate',
    'maxTrust',
  ],
  reference(weights, gradient, slots, s) {
    const decayed = s.decay === 1 ? weights : mul(weights, s.decay);
    const average = add(mul(slots[0]!, s.beta1), mul(gradient, s.rate1));
    const square = add(mul(slots[1]!, s.beta2), mul(mul(gradient, gradient), s.rate2));
    const scale = add(div(sqrt(square), s.correction2), s.epsilon);
    const update = withDecay(div(div(average, s.correction1), scale), decayed, s.weightDecay);
    let step: tf.Tensor = tf.scalar(s.learningRate);
    if (s.maxTrust > 0) {
      const product = mul(tf.norm(decayed), tf.norm(update));
      const ratio = tf.minimum(div(tf.norm(decayed), tf.norm(update)), s.maxTrust);
      step = mul(step, tf.where(tf.greater(product, 0), ratio, tf.onesLike(ratio)));
    }
    return { weights: sub(decayed, mul(update, step)), slots: [average, square] };
  },
};
