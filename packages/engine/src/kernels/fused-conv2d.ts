import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import {
  boolAttr,
  floatAttr,
  intAttr,
  type OpAttribute,
  oneDnnKernel,
  stringAttr,
  stringsAttr,
  TfType,
  typeAttr,
  typesAttr,
} from '../native/attributes.ts';
import type { NativeBackend } from '../native/backend.ts';
import { nativeBackend, state } from '../state.ts';
import { type Activation, activate } from './activation.ts';
import { batchNormEval } from './batch-norm.ts';
import { type ConvOptions, conv2d } from './conv2d.ts';
import { depthwiseConv2d } from './depthwise-conv2d.ts';
import { differentiable } from './differentiable.ts';
import { type Geometry, paddingName, slide } from './geometry.ts';

/** Options of {@link fusedConv2d}. */
export interface FusedConvOptions extends ConvOptions {
  /** Applied last. Default: `linear`. */
  readonly activation?: Activation;
  /** `[B,H',W',K]`, added before the activation. */
  readonly residual?: tf.Tensor4D;
  /** Depthwise convolution, with a weight `[kh,kw,C,m]`. Default: false. */
  readonly depthwise?: boolean;
}

/** Activations that oneDNN fuses into a convolution. */
const FUSED_ACTIVATIONS: Partial<Record<Activation, readonly string[]>> = {
  linear: [],
  relu: ['Relu'],
  relu6: ['Relu6'],
};

/**
 * `activation(conv2d(x, weight) + bias + residual)`, `[B,H,W,C] -> [B,H',W',K]`, in the engine's precision. For
 * inference: it has no gradient.
 *
 * Versions: {@link conv2d} or {@link depthwiseConv2d} followed by bias, residual and activation, on any backend (the
 * reference), and oneDNN's fused op on TensorFlow for CPUs, with one pass over memory.
 *
 * @throws PodiumError `engine-shape` if shapes do not fit, `engine-no-gradient` if its gradient is computed
 */
export function fusedConv2d(
  x: tf.Tensor4D,
  weight: tf.Tensor4D,
  bias: tf.Tensor1D,
  options: FusedConvOptions = {},
): tf.Tensor4D {
  const { activation = 'linear', residual, depthwise = false, ...conv } = options;
  const [kh, kw] = weight.shape;
  const geometry = slide(x.shape, { ...conv, kernelSize: [kh, kw] }, 'fusedConv2d');
  const backend = nativeBackend();
  const run = (): tf.Tensor4D => {
    const fused = FUSED_ACTIVATIONS[activation];
    // For a depthwise convolution oneDNN fuses no residual, and supports only TensorFlow's own padding rules.
    const fits =
      fused !== undefined && (!depthwise || (residual === undefined && paddingName(geometry) !== undefined));
    if (backend === undefined || !fits || !canFuse(backend)) {
      const { groups: _, ...window } = conv;
      const y = depthwise ? depthwiseConv2d(x, weight, window) : conv2d(x, weight, conv);
      return finish(y, bias, residual, activation);
    }
    const type = state.bfloat16 ? TfType.bfloat16 : TfType.float;
    const operands = [x, weight, bias, ...(residual === undefined ? [] : [residual])];
    return runFused(
      backend,
      geometry,
      type,
      operands.map((tensor) => backend.toType(tensor, type)),
      depthwise,
      fused,
    );
  };
  const inputs = { x, weight, bias, ...(residual !== undefined && { residual }) };
  return differentiable(inputs as Record<string, tf.Tensor>, () => tf.tidy(run), noGradient) as tf.Tensor4D;
}

/** `activation(y + bias + residual)`; with Podium's ops in one pass, as a batch norm with mean 0 and variance 1. */
function finish(
  y: tf.Tensor4D,
  bias: tf.Tensor1D,
  residual: tf.Tensor4D | undefined,
  activation: Activation,
): tf.Tensor4D {
  if (nativeBackend()?.hasPodiumOps !== true) {
    const shifted = tf.add(y, bias);
    return activate(
      (residual === undefined ? shifted : tf.add(shifted, residual)) as tf.Tensor4D,
      activation,
    );
  }
  const [ones, zeros] = [tf.ones([y.shape[3]]) as tf.Tensor1D, tf.zeros([y.shape[3]]) as tf.Tensor1D];
  const parameters = { scale: ones, offset: bias, runningMean: zeros, runningVariance: ones };
  return batchNormEval(y, parameters, {
    epsilon: 0,
    activation,
    residual,
  });
}

const fusionSupport = new WeakMap<NativeBackend, boolean>();

/** Whether this TensorFlow has oneDNN's fused op with these attributes; tried once. */
function canFuse(backend: NativeBackend): boolean {
  const known = fusionSupport.get(backend);
  if (known !== undefined) return known;
  let works = backend.hasOneDnn;
  if (works) {
    try {
      const geometry = slide([1, 1, 1, 1], { kernelSize: 1 }, 'fusedConv2d');
      tf.tidy(() => {
        const inputs = [tf.ones([1, 1, 1, 1]), tf.ones([1, 1, 1, 1]), tf.ones([1])];
        runFused(backend, geometry, TfType.float, inputs, false, ['Relu']);
        runFused(backend, geometry, TfType.float, inputs, true, ['Relu']);
      });
    } catch {
      works = false;
    }
  }
  fusionSupport.set(backend, works);
  return works;
}

function runFused(
  backend: NativeBackend,
  geometry: Geometry,
  type: number,
  inputs: readonly tf.Tensor[],
  isDepthwise: boolean,
  fused: readonly string[],
): tf.Tensor4D {
  const extra = inputs.length - 2;
  const { height, width } = geometry;
  const attributes = [
    typeAttr('T', type),
    intAttr('num_args', extra),
    intAttr('strides', [1, height.stride, width.stride, 1]),
    stringAttr('data_format', 'NHWC'),
    intAttr('dilations', [1, height.dilation, width.dilation, 1]),
    stringsAttr('fused_ops', ['BiasAdd', ...(extra > 1 ? ['Add'] : []), ...fused]),
    floatAttr('epsilon', 0),
    ...(isDepthwise
      ? [stringAttr('padding', paddingName(geometry) as string)]
      : convOnly(geometry, type, extra)),
    oneDnnKernel,
  ];
  const op = isDepthwise ? '_MklNativeFusedDepthwiseConv2dNative' : '_MklNativeFusedConv2D';
  return backend.runOne(op, attributes, inputs) as tf.Tensor4D;
}

function convOnly({ height, width }: Geometry, type: number, extra: number): OpAttribute[] {
  return [
    stringAttr('padding', 'EXPLICIT'),
    intAttr('explicit_paddings', [0, 0, height.before, height.after, width.before, width.after, 0, 0]),
    typesAttr(
      'TArgs',
      Array.from({ length: extra }, () => type),
    ),
    intAttr('num_host_args', 0),
    floatAttr('leakyrelu_alpha', 0.2),
    boolAttr('use_cudnn_on_gpu', true),
  ];
}

function noGradient(): never {
  throw new PodiumError({
    code: 'engine-no-gradient',
    message: 'a fused convolution has no gradient: it is for inference only',
    fix: 'train the model before fusing it',
  });
}
