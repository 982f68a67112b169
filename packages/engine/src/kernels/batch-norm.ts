import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { boolAttr, floatAttr, intAttr, stringAttr, TfType, typeAttr } from '../native/attributes.ts';
import type { NativeBackend } from '../native/backend.ts';
import { nativeBackend } from '../state.ts';
import { type Activation, activate, activations } from './activation.ts';
import { differentiable } from './differentiable.ts';

/** Parameters and statistics of batch normalization. */
export interface BatchNormParameters {
  /** `[C]`; `weight` in PyTorch. */
  readonly scale: tf.Tensor1D;
  /** `[C]`; `bias` in PyTorch. */
  readonly offset: tf.Tensor1D;
  readonly runningMean: tf.Tensor1D;
  readonly runningVariance: tf.Tensor1D;
}

/** Options of {@link batchNormEval}. */
export interface BatchNormOptions {
  /** Added to the variance. Default: 1e-5. */
  readonly epsilon?: number;
  /** Applied last, in the same pass over memory if the backend can. Default: `linear`. */
  readonly activation?: Activation;
  /** `[B,H,W,C]`, added before the activation: the shortcut of a residual block. */
  readonly residual?: tf.Tensor4D;
}

/** Options of {@link batchNormTrain}. */
export interface BatchNormTrainOptions extends BatchNormOptions {
  /** Weight of this batch in the running statistics, as in PyTorch. Default: 0.1. */
  readonly momentum?: number;
}

/** Result of a training pass: the value, and the updated running statistics, which have no gradient. */
export interface BatchNormTrained {
  readonly y: tf.Tensor4D;
  readonly runningMean: tf.Tensor1D;
  /** Divided by n - 1, as in PyTorch; the batch itself is normalized by the variance divided by n. */
  readonly runningVariance: tf.Tensor1D;
}

/**
 * Batch normalization over B, H and W by the statistics of the batch, `[B,H,W,C] -> [B,H,W,C]`
 * (`torch.nn.functional.batch_norm` with `training=True`), with an optional shortcut and activation:
 * `activation(norm(x) + residual)`. Statistics are float32 in any precision.
 *
 * Versions: `referenceTrain`, TensorFlow.js ops on any backend; `tensorflow`, TensorFlow's op for GPUs; `podium`,
 * Podium's op for CPUs, which normalizes, adds and activates in one pass. All compute the same up to rounding.
 *
 * @throws PodiumError `engine-shape` if parameters are not `[C]`, or the residual has another shape than `x`
 */
export function batchNormTrain(
  x: tf.Tensor4D,
  parameters: BatchNormParameters,
  options: BatchNormTrainOptions = {},
): BatchNormTrained {
  assertShapes(x, parameters, options.residual);
  const { epsilon = 1e-5, momentum = 0.1 } = options;
  const backend = nativeBackend();
  if (backend === undefined) return referenceTrain(x, parameters, epsilon, momentum, options);
  const run = backend.hasPodiumOps ? podium : tensorflow;
  return run(backend, x, parameters, { ...options, epsilon, momentum, training: true });
}

/**
 * Batch normalization by the running statistics, as constants: for evaluation, or training with frozen statistics
 * (`torch.nn.functional.batch_norm` with `training=False`). Gradients flow to `x`, scale, offset and residual.
 * Versions as in {@link batchNormTrain}.
 *
 * @throws PodiumError `engine-shape` if parameters are not `[C]`, or the residual has another shape than `x`
 */
export function batchNormEval(
  x: tf.Tensor4D,
  parameters: BatchNormParameters,
  options: BatchNormOptions = {},
): tf.Tensor4D {
  assertShapes(x, parameters, options.residual);
  const { epsilon = 1e-5 } = options;
  const backend = nativeBackend();
  if (backend !== undefined) {
    const run = backend.hasPodiumOps ? podium : tensorflow;
    return run(backend, x, parameters, { ...options, epsilon, momentum: 0, training: false }).y;
  }
  const { scale, offset, runningMean, runningVariance } = parameters;
  const gain = tf.mul(scale, tf.rsqrt(tf.add(runningVariance, epsilon)));
  return finish(tf.add(tf.mul(tf.sub(x, runningMean), gain), offset) as tf.Tensor4D, options);
}

interface Settings extends BatchNormOptions {
  readonly epsilon: number;
  readonly momentum: number;
  readonly training: boolean;
}

/** Podium's op: normalization, residual and activation in one pass forward and one backward. */
function podium(
  backend: NativeBackend,
  x: tf.Tensor4D,
  parameters: BatchNormParameters,
  settings: Settings,
): BatchNormTrained {
  const { scale, offset, runningMean, runningVariance } = parameters;
  const { residual, activation = 'linear' } = settings;
  if (residual !== undefined && activations.indexOf(activation) > activations.indexOf('relu6')) {
    // The backward pass derives the slope of a ReLU from its output; other activations would need their input.
    const sum = podium(backend, x, parameters, { ...settings, activation: 'linear' });
    return { ...sum, y: activate(sum.y, activation) };
  }
  const type = backend.typeOf(x);
  const common = [
    typeAttr('T', type),
    intAttr('activation', activations.indexOf(activation)),
    intAttr('training', settings.training ? 1 : 0),
    intAttr('residual', residual === undefined ? 0 : 1),
  ];
  let statistics: tf.Tensor[] = [];
  const y = differentiable(
    { x, scale, offset, ...(residual !== undefined && { residual }) } as Record<string, tf.Tensor>,
    (save) => {
      const attributes = [
        ...common,
        floatAttr('epsilon', settings.epsilon),
        floatAttr('momentum', settings.momentum),
      ];
      // Without a residual the op gets x in its place, and does not read it.
      const shortcut = residual === undefined ? x : backend.toType(residual, type);
      const inputs = [x, shortcut, scale, offset, runningMean, runningVariance];
      const [y, newMean, newVariance, mean, inverse] = backend.run(
        'PodiumBatchNorm',
        attributes,
        inputs,
        5,
      ) as Five;
      save([x, scale, offset, mean, inverse, ...(residual === undefined ? [] : [y])]);
      if (settings.training) statistics = [newMean, newVariance].map((tensor) => tf.keep(tensor));
      return y;
    },
    (dy, saved) => {
      const [input, gain, shift, mean, inverse] = saved as Five;
      const inputs = [backend.toType(dy, type), input, saved[5] ?? input, gain, shift, mean, inverse];
      const [dx, dScale, dOffset, dResidual] = backend.run('PodiumBatchNormGrad', common, inputs, 4) as Five;
      return { x: () => dx, scale: () => dScale, offset: () => dOffset, residual: () => dResidual };
    },
  ) as tf.Tensor4D;
  return { y, ...adopt(statistics) };
}

/** TensorFlow's op, which also runs on GPUs; residual and activation take additional passes. */
function tensorflow(
  backend: NativeBackend,
  x: tf.Tensor4D,
  { scale, offset, runningMean, runningVariance }: BatchNormParameters,
  settings: Settings,
): BatchNormTrained {
  const type = backend.typeOf(x);
  const common = [
    typeAttr('T', type),
    typeAttr('U', TfType.float),
    floatAttr('epsilon', settings.epsilon),
    stringAttr('data_format', 'NHWC'),
    boolAttr('is_training', settings.training),
  ];
  let statistics: tf.Tensor[] = [];
  const y = differentiable(
    { x, scale, offset },
    (save) => {
      const attributes = [
        ...common,
        floatAttr('exponential_avg_factor', settings.training ? settings.momentum : 1),
      ];
      const inputs = [x, scale, offset, runningMean, runningVariance];
      const [y, newMean, newVariance, ...reserved] = backend.run(
        'FusedBatchNormV3',
        attributes,
        inputs,
        6,
      ) as Six;
      // In evaluation, what the op reserves is not the running statistics everywhere, which its gradient takes.
      const [mean, variance, other] = reserved;
      save(
        settings.training
          ? [x, scale, mean!, variance!, other!]
          : [x, scale, runningMean, runningVariance, other!],
      );
      if (settings.training) statistics = [newMean, newVariance].map((tensor) => tf.keep(tensor));
      return y;
    },
    (dy, [input, gain, ...reserved]) => {
      const inputs = [backend.toType(dy, type), input, gain, ...reserved] as tf.Tensor[];
      const [dx, dScale, dOffset] = backend.run('FusedBatchNormGradV3', common, inputs, 5) as Five;
      return { x: () => dx, scale: () => dScale, offset: () => dOffset };
    },
  ) as tf.Tensor4D;
  return { y: finish(y, settings), ...adopt(statistics) };
}

type Five = [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
type Six = [...Five, tf.Tensor];

/**
 * Moves tensors that were kept beyond an op's scope to the caller's scope: clones are tracked there. In evaluation
 * there are none, and callers do not use them.
 */
function adopt(statistics: tf.Tensor[]): Pick<BatchNormTrained, 'runningMean' | 'runningVariance'> {
  const [runningMean, runningVariance] = statistics.map((tensor) => tf.clone(tensor));
  tf.dispose(statistics);
  return { runningMean: runningMean as tf.Tensor1D, runningVariance: runningVariance as tf.Tensor1D };
}

function referenceTrain(
  x: tf.Tensor4D,
  { scale, offset, runningMean, runningVariance }: BatchNormParameters,
  epsilon: number,
  momentum: number,
  options: BatchNormOptions,
): BatchNormTrained {
  const axes = [0, 1, 2];
  const mean = tf.mean(x, axes);
  const centered = tf.sub(x, mean);
  const variance = tf.mean(tf.square(centered), axes);
  const y = tf.add(
    tf.mul(centered, tf.mul(tf.rsqrt(tf.add(variance, epsilon)), scale)),
    offset,
  ) as tf.Tensor4D;
  const count = x.size / x.shape[3];
  const unbiased = tf.mul(variance, count / Math.max(count - 1, 1));
  const blend = (old: tf.Tensor, now: tf.Tensor): tf.Tensor1D =>
    tf.add(tf.mul(old, 1 - momentum), tf.mul(now, momentum));
  return {
    y: finish(y, options),
    runningMean: blend(runningMean, mean),
    runningVariance: blend(runningVariance, unbiased),
  };
}

function finish(y: tf.Tensor4D, { residual, activation = 'linear' }: BatchNormOptions): tf.Tensor4D {
  return activate(residual === undefined ? y : tf.add(y, residual), activation);
}

function assertShapes(
  x: tf.Tensor4D,
  parameters: BatchNormParameters,
  residual: tf.Tensor4D | undefined,
): void {
  const channels = x.shape.at(-1);
  for (const [name, { shape }] of Object.entries(parameters)) {
    if (shape.length === 1 && shape[0] === channels) continue;
    throw new PodiumError({
      code: 'engine-shape',
      message: `batch norm over [${x.shape}]`,
      path: { key: name },
      expected: `[${channels}]`,
      got: `[${shape}]`,
    });
  }
  if (residual === undefined || String(residual.shape) === String(x.shape)) return;
  throw new PodiumError({
    code: 'engine-shape',
    message: 'batch norm with a residual',
    expected: `a residual [${x.shape}]`,
    got: `[${residual.shape}]`,
  });
}
