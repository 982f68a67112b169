import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { floatAttr, intAttr, TfType, typeAttr } from '../native/attributes.ts';
import type { NativeBackend } from '../native/backend.ts';
import { nativeBackend, state } from '../state.ts';
import { differentiable } from './differentiable.ts';
import { matMul, product } from './mat-mul.ts';

/** How tokens are grouped into windows. Attention is computed within each window. */
export interface Windows {
  /** Tokens per window: N. */
  readonly size: number;
  /** Indices of the image's tokens, window after window; a permutation. */
  readonly order: Int32Array;
}

/** Options of {@link attention}. */
export interface AttentionOptions {
  readonly heads: number;
  /** Factor of the scores. Default: `d ** -0.5`. */
  readonly scale?: number;
  /** Default: one window of all tokens. */
  readonly windows?: Windows | undefined;
  /**
   * Added to the scores, `[R,heads,N,N]` or `[heads,N,N]`. R divides the number of windows in the batch; window w gets
   * `bias[w % R]`.
   */
  readonly bias?: tf.Tensor | undefined;
  /** Applied to the attention weights: dropout. */
  readonly drop?: ((weights: tf.Tensor) => tf.Tensor) | undefined;
}

/**
 * Self-attention (Vaswani et al. 2017) of packed queries, keys and values, `[B,P,3*heads*d] -> [B,P,heads*d]`:
 * `softmax(scale q k^T + bias) v` per head and window. Products run in the engine's precision; the result is float32.
 *
 * Versions: TensorFlow.js ops on any backend and with `drop` (the reference), and Podium's ops on TensorFlow for CPUs,
 * which split heads and windows without transposing.
 *
 * @throws PodiumError `engine-shape` if the shapes do not fit
 */
export function attention(qkv: tf.Tensor3D, options: AttentionOptions): tf.Tensor3D {
  const plan = planFor(qkv, options);
  const { bias = null, drop } = options;
  const backend = nativeBackend();
  if (backend?.hasPodiumOps !== true || drop !== undefined) return reference(qkv, plan, bias, drop);
  const outer = backend.typeOf(qkv);
  const inputs = { qkv, ...(bias === null ? {} : { bias }) } as { qkv: tf.Tensor; bias: tf.Tensor };
  return differentiable(
    inputs,
    (save) => {
      const type = state.bfloat16 ? TfType.bfloat16 : TfType.float;
      const [q, k, v] = split(backend, backend.toType(qkv, type), 3, plan) as Three;
      const scores = product(backend, q, k, false, true, type);
      const attributes = [typeAttr('T', type), floatAttr('scale', plan.scale)];
      const offsets = bias === null ? tf.zeros([0]) : backend.toType(bias, TfType.float);
      const weights = backend.runOne('PodiumAttentionWeights', attributes, [scores, offsets]);
      save([q, k, v, weights]);
      const mixed = product(backend, weights, v, false, false, type);
      return backend.toType(join(backend, [mixed], plan), TfType.float);
    },
    (dy, saved) => {
      const { dQkv, dBias } = gradients(backend, dy, saved as Four, plan, bias);
      return { qkv: () => backend.toType(dQkv, outer), bias: () => dBias! };
    },
  ) as tf.Tensor3D;
}

type Three = [tf.Tensor, tf.Tensor, tf.Tensor];
type Four = [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];

interface Plan {
  readonly batch: number;
  readonly tokens: number;
  readonly heads: number;
  readonly features: number;
  readonly window: number;
  readonly scale: number;
  readonly order: Int32Array | undefined;
}

function planFor(qkv: tf.Tensor3D, { heads, scale, windows, bias }: AttentionOptions): Plan {
  const [batch, tokens, width] = qkv.shape;
  const window = windows?.size ?? tokens;
  const features = width / (3 * heads);
  const wholeWindows = tokens % window === 0 && (windows?.order.length ?? tokens) === tokens;
  const size = window * window * heads;
  const groups = (batch * tokens) / window;
  const biasFits =
    bias === undefined ||
    (String(bias.shape.slice(-3)) === String([heads, window, window]) && groups % (bias.size / size) === 0);
  if (qkv.rank !== 3 || !Number.isInteger(features) || !wholeWindows || !biasFits) {
    throw new PodiumError({
      code: 'engine-shape',
      message: `attention with ${heads} heads in windows of ${window}`,
      expected: `[B,P,3*${heads}*d] with whole windows, and a bias [R,${heads},${window},${window}] with R a divisor of their number`,
      got: `[${qkv.shape}]${bias === undefined ? '' : ` and a bias [${bias.shape}]`}`,
    });
  }
  return { batch, tokens, heads, features, window, scale: scale ?? features ** -0.5, order: windows?.order };
}

/** `[B,P,parts*heads*d] -> parts x [B*P/N,heads,N,d]` */
function split(backend: NativeBackend, x: tf.Tensor, parts: number, plan: Plan): tf.Tensor[] {
  const attributes = [
    typeAttr('T', backend.typeOf(x)),
    intAttr('parts', parts),
    intAttr('heads', plan.heads),
    intAttr('window', plan.window),
  ];
  return backend.run('PodiumSplitHeads', attributes, [x, orderOf(plan)], parts);
}

/** Inverse of {@link split}. */
function join(backend: NativeBackend, parts: readonly tf.Tensor[], plan: Plan): tf.Tensor {
  const attributes = [
    typeAttr('T', backend.typeOf(parts[0]!)),
    intAttr('parts', parts.length),
    intAttr('batch', plan.batch),
  ];
  return backend.runOne('PodiumJoinHeads', attributes, [...parts, orderOf(plan)]);
}

function orderOf({ order = new Int32Array() }: Plan): tf.Tensor {
  return tf.tensor1d(order, 'int32');
}

function gradients(
  backend: NativeBackend,
  dy: tf.Tensor,
  [q, k, v, weights]: Four,
  plan: Plan,
  bias: tf.Tensor | null,
): { readonly dQkv: tf.Tensor; readonly dBias: tf.Tensor | undefined } {
  const type = backend.typeOf(weights);
  const [dMixed] = split(backend, backend.toType(dy, type), 1, plan) as [tf.Tensor];
  const dWeights = product(backend, dMixed, v, false, true, type);
  const dV = product(backend, weights, dMixed, true, false, type);
  const attributes = [
    typeAttr('T', type),
    floatAttr('scale', plan.scale),
    intAttr('bias_rows', bias === null ? 0 : bias.size / plan.window),
  ];
  const outputs = backend.run('PodiumAttentionWeightsGrad', attributes, [dWeights, weights], 2);
  const [dScores, dOffsets] = outputs as [tf.Tensor, tf.Tensor];
  const dQ = product(backend, dScores, k, false, false, type);
  const dK = product(backend, dScores, q, true, false, type);
  return {
    dQkv: join(backend, [dQ, dK, dV], plan),
    dBias: bias === null ? undefined : tf.reshape(dOffsets, bias.shape),
  };
}

function reference(
  qkv: tf.Tensor3D,
  { batch, tokens, heads, features, window, scale, order }: Plan,
  bias: tf.Tensor | null,
  drop: (weights: tf.Tensor) => tf.Tensor = (weights) => weights,
): tf.Tensor3D {
  const groups = (batch * tokens) / window;
  const windows = tf.reshape(reorder(qkv, order), [groups, window, 3, heads, features]);
  const [q, k, v] = tf.unstack(tf.transpose(windows, [2, 0, 3, 1, 4])) as Three;
  let scores = matMul(tf.mul(q, scale), k, { transposeB: true });
  if (bias !== null) {
    const repeats = (groups * heads * window * window) / bias.size;
    const shaped = tf.reshape(scores, [repeats, ...(bias.rank === 3 ? [1] : []), ...bias.shape]);
    scores = tf.reshape(tf.add(shaped, bias), scores.shape);
  }
  const mixed = tf.transpose(matMul(drop(tf.softmax(scores)), v), [0, 2, 1, 3]);
  const joined = tf.reshape(mixed, [batch, tokens, heads * features]) as tf.Tensor3D;
  return reorder(joined, order === undefined ? undefined : inverseOf(order));
}

/** Permutes tokens; the gradient is the inverse permutation. */
function reorder(x: tf.Tensor3D, order: Int32Array | undefined): tf.Tensor3D {
  if (order === undefined) return x;
  const take = (from: tf.Tensor, by: Int32Array) => tf.gather(from, tf.tensor1d(by, 'int32'), 1);
  return differentiable(
    { x },
    () => take(x, order),
    (dy) => ({ x: () => take(dy, inverseOf(order)) }),
  ) as tf.Tensor3D;
}

function inverseOf(order: Int32Array): Int32Array {
  const inverse = new Int32Array(order.length);
  for (const [i, token] of order.entries()) inverse[token] = i;
  return inverse;
}
