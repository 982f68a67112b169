import { attention } from '@podium/engine';
import {
  DropPath,
  init,
  LayerNorm,
  Linear,
  linear,
  Mlp,
  Module,
  Parameter,
  relativeIndices,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { PackedSwiGlu, SwiGlu } from './gated-mlp.ts';
import { perWindow } from './per-window.ts';
import { type RotaryTables, rotate } from './rotary.ts';

export interface EvaBlockSettings {
  readonly features: number;
  readonly heads: number;
  /** Hidden features of the MLP per token feature. Default 4. */
  readonly expansion?: number;
  /** `packedSwiGlu` has one linear layer for gate and value, `swiGlu` two. Default `gelu`. */
  readonly mlp?: 'gelu' | 'packedSwiGlu' | 'swiGlu';
  /** A norm before the last layer of the MLP (`swiGlu` only). */
  readonly mlpNorm?: boolean;
  /** The hidden features of a `swiGlu` are a multiple of this. Default 1. */
  readonly multipleOf?: number;
  /** A norm before the last layer of the attention. */
  readonly attentionNorm?: boolean;
  /** Three linear layers for queries, keys and values instead of one. */
  readonly separate?: boolean;
  /** Which of queries, keys and values have biases. Default `noKeys`. */
  readonly biases?: 'noKeys' | 'all' | 'none';
  /** Initial value of the factors at the end of each branch. Default: no factors. */
  readonly layerScale?: number;
  /** Of the layer norms. Default 1e-6. */
  readonly epsilon?: number;
}

interface BlockOptions extends EvaBlockSettings {
  readonly dropPathRate: number;
  /** Rows and columns of patches, for a learned bias per offset between them. Default: no such bias. */
  readonly biasWindow?: readonly [number, number] | undefined;
}

/** What the blocks of a network share in a call: the rotation of queries and keys. */
export interface Rotation {
  readonly tables: RotaryTables;
  readonly cosines: tf.Tensor1D;
  readonly sines: tf.Tensor1D;
}

/** A linear layer without a bias of its own. */
class BiasedLinear extends Linear {
  override call(...inputs: [x: tf.Tensor, bias?: tf.Tensor]): tf.Tensor {
    return super.call(...(inputs as [x: tf.Tensor]));
  }

  override forward(x: tf.Tensor, bias?: tf.Tensor): tf.Tensor {
    return linear(x, this.weight.data, bias ?? this.bias?.data);
  }
}

/** Attention of packed queries, keys and values, `[B,N,3*heads*d] -> [B,N,heads*d]`, as a module, so that hooks see it. */
export class AttentionMix extends Module<[qkv: tf.Tensor3D, bias?: tf.Tensor], tf.Tensor3D> {
  readonly heads: number;

  constructor(heads: number) {
    super();
    this.heads = heads;
  }

  forward(qkv: tf.Tensor3D, bias?: tf.Tensor): tf.Tensor3D {
    return attention(qkv, { heads: this.heads, bias });
  }
}

/** Self-attention with rotated queries and keys or with biases by relative position, `[B,N,C] -> [B,N,C]`. */
export class EvaAttention extends Module<[x: tf.Tensor3D, rotation?: Rotation], tf.Tensor3D> {
  readonly heads: number;
  readonly headFeatures: number;
  readonly window: readonly [number, number] | undefined;
  qkv: BiasedLinear | null;
  q_proj: Linear | null;
  k_proj: Linear | null;
  v_proj: Linear | null;
  q_bias: Parameter | null;
  v_bias: Parameter | null;
  /** `[(2h-1)(2w-1)+3,heads]`: the last three rows are for the class token. */
  relative_position_bias_table: Parameter | null;
  mix: AttentionMix;
  norm: LayerNorm | null;
  proj: Linear;

  constructor(options: BlockOptions) {
    super();
    const { features, heads, separate = false, biases = 'noKeys', epsilon = 1e-6, biasWindow } = options;
    this.heads = heads;
    this.headFeatures = features / heads;
    this.window = biasWindow;
    const make = (bias: boolean) => (separate ? new Linear(features, features, { bias }) : null);
    const makeBias = () => (!separate && biases === 'noKeys' ? new Parameter([features], init.zeros) : null);
    this.qkv = separate ? null : new BiasedLinear(features, 3 * features, { bias: biases === 'all' });
    this.q_proj = make(biases !== 'none');
    this.k_proj = make(biases === 'all');
    this.v_proj = make(biases !== 'none');
    this.q_bias = makeBias();
    this.v_bias = makeBias();
    this.relative_position_bias_table =
      biasWindow === undefined ? null : new Parameter([tableRows(biasWindow), heads], init.zeros);
    this.mix = new AttentionMix(heads);
    this.norm = options.attentionNorm === true ? new LayerNorm(features, { epsilon }) : null;
    this.proj = new Linear(features, features);
  }

  forward(x: tf.Tensor3D, rotation?: Rotation): tf.Tensor3D {
    let qkv = this.project(x);
    if (rotation !== undefined) qkv = rotate(qkv, rotation.cosines, rotation.sines, rotation.tables);
    let y: tf.Tensor = this.mix.call(qkv, this.bias());
    if (this.norm !== null) y = this.norm.call(y);
    return this.proj.call(y) as tf.Tensor3D;
  }

  protected project(x: tf.Tensor3D): tf.Tensor3D {
    if (this.qkv === null) {
      return tf.concat(
        [this.q_proj!, this.k_proj!, this.v_proj!].map((layer) => layer.call(x)),
        2,
      ) as tf.Tensor3D;
    }
    if (this.q_bias === null) return this.qkv.call(x) as tf.Tensor3D;
    const [queries, values] = [this.q_bias.data, this.v_bias!.data];
    return this.qkv.call(x, tf.concat([queries, tf.zerosLike(queries), values])) as tf.Tensor3D;
  }

  /** `[heads,N,N]` */
  protected bias(): tf.Tensor | undefined {
    if (this.relative_position_bias_table === null) return undefined;
    const tokens = this.window![0] * this.window![1] + 1;
    const indices = tf.tensor1d(indicesWithToken(this.window!), 'int32');
    const rows = tf.gather(this.relative_position_bias_table.data, indices);
    return tf.transpose(tf.reshape(rows, [tokens, tokens, this.heads]), [2, 0, 1]);
  }

  override extraRepr(): string {
    return `heads=${this.heads}`;
  }
}

function tableRows([height, width]: readonly [number, number]): number {
  return (2 * height - 1) * (2 * width - 1) + 3;
}

/** `[N+1,N+1]` rows of the table, with a class token first. */
const indicesWithToken = perWindow((window) => {
  const rows = tableRows(window);
  const offsets = relativeIndices(window);
  const patches = window[0] * window[1];
  const indices = new Int32Array((patches + 1) ** 2);
  for (let from = 0; from <= patches; from++) {
    const start = from * (patches + 1);
    indices[start] = from === 0 ? rows - 1 : rows - 2;
    if (from === 0) indices.fill(rows - 3, 1, patches + 1);
    else indices.set(offsets.subarray((from - 1) * patches, from * patches), start + 1);
  }
  return indices;
});

/** Attention and an MLP, each on normalized input and added to it, `[B,N,C] -> [B,N,C]`. */
export class EvaBlock extends Module<[x: tf.Tensor3D, rotation?: Rotation], tf.Tensor3D> {
  norm1: LayerNorm;
  attn: EvaAttention;
  gamma_1: Parameter | null;
  drop_path1: DropPath | null;
  norm2: LayerNorm;
  mlp: Mlp | PackedSwiGlu | SwiGlu;
  gamma_2: Parameter | null;
  drop_path2: DropPath | null;

  constructor(options: BlockOptions) {
    super();
    const { features, epsilon = 1e-6, dropPathRate, layerScale } = options;
    const makeScale = () =>
      layerScale === undefined ? null : new Parameter([features], init.constant(layerScale));
    const makeDropPath = () => (dropPathRate > 0 ? new DropPath(dropPathRate) : null);
    this.norm1 = new LayerNorm(features, { epsilon });
    this.attn = new EvaAttention(options);
    this.gamma_1 = makeScale();
    this.drop_path1 = makeDropPath();
    this.norm2 = new LayerNorm(features, { epsilon });
    this.mlp = makeMlp(options);
    this.gamma_2 = makeScale();
    this.drop_path2 = makeDropPath();
  }

  forward(x: tf.Tensor3D, rotation?: Rotation): tf.Tensor3D {
    let branch: tf.Tensor = this.norm1.call(x);
    branch = this.attn.call(branch as tf.Tensor3D, rotation);
    if (this.gamma_1 !== null) branch = tf.mul(branch, this.gamma_1.data);
    if (this.drop_path1 !== null) branch = this.drop_path1.call(branch);
    const y = tf.add(x, branch) as tf.Tensor3D;
    branch = this.norm2.call(y);
    branch = this.mlp.call(branch);
    if (this.gamma_2 !== null) branch = tf.mul(branch, this.gamma_2.data);
    if (this.drop_path2 !== null) branch = this.drop_path2.call(branch);
    return tf.add(y, branch);
  }
}

function makeMlp(options: EvaBlockSettings): Mlp | PackedSwiGlu | SwiGlu {
  const { features, expansion = 4, mlp = 'gelu', mlpNorm = false, multipleOf = 1, epsilon = 1e-6 } = options;
  const hidden = Math.trunc(features * expansion);
  if (mlp === 'gelu') return new Mlp(features, { hidden });
  if (mlp === 'packedSwiGlu') return new PackedSwiGlu(features, hidden);
  const aligned = Math.ceil(hidden / multipleOf) * multipleOf;
  return new SwiGlu(features, aligned, mlpNorm ? epsilon : undefined);
}
