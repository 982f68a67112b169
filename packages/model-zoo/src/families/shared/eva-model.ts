import { Dropout, type GlobalPool, init, LayerNorm, Parameter, Sequential, type StateDict } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { InputRule } from '../../family.ts';
import {
  type Classes,
  type Classifier,
  classesOf,
  type DepthGroups,
  dropPathAt,
  type FeatureStage,
  type ImageModel,
  type ModelOptions,
  makeClassifier,
} from '../../image-model.ts';
import { initWeights } from '../../init-weights.ts';
import { adaptTokens } from './adapt-transformer-state.ts';
import { AttentionPool } from './attention-pool.ts';
import { EvaAttention, EvaBlock, type EvaBlockSettings, type Rotation } from './eva-blocks.ts';
import { PatchEmbed } from './patch-embed.ts';
import { resizeRelativePositions } from './resize-positions.ts';
import { type RotarySettings, type RotaryTables, rotaryTables } from './rotary.ts';
import { type Pooling, TokenModel } from './token-model.ts';
import { poolingOf } from './vision-transformer.ts';

export interface EvaSettings extends EvaBlockSettings {
  readonly patchSize: number;
  readonly depth: number;
  /** Height and width of its images. Default 224. */
  readonly imageSize?: number;
  /** Default `avg`. */
  readonly pool?: 'token' | 'avg' | 'map';
  /** Default true. */
  readonly classToken?: boolean;
  /** Extra tokens that no part of the image belongs to. Default 0. */
  readonly registers?: number;
  /** Learned position embeddings of all tokens or of the patches. Default `all`. */
  readonly positions?: 'all' | 'patches' | 'none';
  readonly rotary?: RotarySettings;
  /** BEiT's: a learned bias per offset between two patches in every block. */
  readonly relativeBias?: boolean;
  /** Whether images of any size are accepted without being named. */
  readonly anySize?: boolean;
  /** A norm before the blocks, and no bias in the patch embedding. */
  readonly normBefore?: boolean;
  /** Where the last norm is. Default: after pooling by means, else before pooling. */
  readonly lastNorm?: 'before' | 'none';
  /** Heads of the pooling by a learned query. Default: as in the blocks. */
  readonly poolHeads?: number;
}

/** timm makes the initial weights of its classifier this much smaller. */
const HEAD_SCALE = 0.001;

/** EVA-02's network (Fang et al. 2023, arXiv 2303.11331) and its relatives, with timm's names: `[B,H,W,C] -> [B,K]`. */
export class Eva extends TokenModel {
  readonly numFeatures: number;
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = {
    stem: /^(cls_token|reg_token|pos_embed|patch_embed|norm_pre)\b/,
    blocks: /^blocks\.(\d+)\./,
    last: /^norm\./,
  };
  readonly classifierPath = 'head';
  readonly firstConvPath = 'patch_embed.proj';
  readonly prefixTokens: number;
  readonly patchPositionsOnly: boolean;
  readonly settings: EvaSettings;
  /** By grid of patches: the last few. */
  readonly tables: Map<string, RotaryTables> = new Map();
  pooling: Pooling;
  lastGrid: readonly [rows: number, columns: number];
  cls_token: Parameter | null;
  reg_token: Parameter | null;
  pos_embed: Parameter | null;
  patch_embed: PatchEmbed;
  norm_pre: LayerNorm | null;
  blocks: Sequential;
  norm: LayerNorm | null;
  attn_pool: AttentionPool | null;
  fc_norm: LayerNorm | null;
  head_drop: Dropout;
  head: Classifier;

  constructor(settings: EvaSettings, options: ModelOptions) {
    super();
    const { features, depth, patchSize, imageSize: size = 224, registers = 0, epsilon = 1e-6 } = settings;
    const { classToken = true, positions = 'all', normBefore = false, pool = 'avg' } = settings;
    const makeToken = (count: number) => new Parameter([1, count, features], init.truncatedNormal(0.02));
    const makeNorm = (isThere: boolean) => (isThere ? new LayerNorm(features, { epsilon }) : null);
    this.settings = settings;
    this.numFeatures = features;
    this.patchPositionsOnly = positions === 'patches';
    this.pooling = poolingOf(options.globalPool, pool);
    this.prefixTokens = (classToken ? 1 : 0) + registers;
    this.cls_token = classToken ? makeToken(1) : null;
    this.reg_token = registers > 0 ? makeToken(registers) : null;
    this.patch_embed = new PatchEmbed({
      patchSize,
      inChannels: options.inChannels,
      features,
      imageSize: options.imageSize ?? [size, size],
      bias: !normBefore,
      anySize: settings.anySize ?? false,
    });
    const [rows, columns] = this.patch_embed.grid;
    this.lastGrid = [rows, columns];
    const own = this.patchPositionsOnly ? 0 : this.prefixTokens;
    this.pos_embed = positions === 'none' ? null : makeToken(rows * columns + own);
    this.norm_pre = makeNorm(normBefore);
    this.blocks = new Sequential(
      Array.from({ length: depth }, (_, i) => {
        const biasWindow = settings.relativeBias === true ? ([rows, columns] as const) : undefined;
        const dropPathRate = dropPathAt(options.dropPathRate, i, depth);
        return new EvaBlock({ ...settings, dropPathRate, biasWindow });
      }),
    );
    const isAfterPool = settings.lastNorm === undefined && this.pooling === 'avg';
    this.norm = makeNorm(!isAfterPool && settings.lastNorm !== 'none');
    this.attn_pool = this.pooling === 'map' ? makePool(settings, epsilon) : null;
    this.fc_norm = makeNorm(isAfterPool);
    this.head_drop = new Dropout(options.dropRate);
    this.head = makeClassifier(features, classesOf(options));
    this.featureInfo = Array.from({ length: depth }, (_, i) => ({
      channels: features,
      reduction: patchSize,
      module: `blocks.${i}`,
    }));
    this.initialize();
  }

  override get grid(): readonly [rows: number, columns: number] {
    return this.lastGrid;
  }

  /** `[B,H,W,C] -> [B,N,C]` tokens. */
  forwardFeatures(x: tf.Tensor4D): tf.Tensor3D {
    const patches = this.patch_embed.call(x);
    let tokens = this.embed(patches);
    if (this.norm_pre !== null) tokens = this.norm_pre.call(tokens) as tf.Tensor3D;
    const rotation = this.rotation();
    for (const block of this.blocks.items) tokens = (block as unknown as EvaBlock).call(tokens, rotation);
    return this.norm === null ? tokens : (this.norm.call(tokens) as tf.Tensor3D);
  }

  forwardHead(tokens: tf.Tensor, { preLogits = false }: { readonly preLogits?: boolean } = {}): tf.Tensor {
    let y = this.pool(tokens);
    if (this.fc_norm !== null) y = this.fc_norm.call(y);
    y = this.head_drop.call(y);
    return preLogits ? y : this.head.call(y);
  }

  /** As in timm, the place of the last norm stays as it was built. */
  resetClassifier(classes: Classes, globalPool?: GlobalPool): void {
    if (globalPool !== undefined) {
      this.pooling = poolingOf(globalPool, 'avg');
      this.attn_pool?.dispose();
      this.attn_pool = null;
    }
    this.head.dispose();
    this.head = makeClassifier(this.numFeatures, classes);
  }

  protected embed(patches: tf.Tensor4D): tf.Tensor3D {
    const [batch, rows, columns, channels] = patches.shape;
    this.lastGrid = [rows, columns];
    const positions = this.pos_embed?.data;
    let tokens: tf.Tensor = tf.reshape(patches, [batch, rows * columns, channels]);
    if (positions !== undefined && this.patchPositionsOnly) tokens = tf.add(tokens, positions);
    const prefix = [this.cls_token, this.reg_token]
      .filter((token) => token !== null)
      .map((token) => tf.tile(token.data, [batch, 1, 1]));
    if (prefix.length > 0) tokens = tf.concat([...prefix, tokens], 1);
    if (positions !== undefined && !this.patchPositionsOnly) tokens = tf.add(tokens, positions);
    return tokens as tf.Tensor3D;
  }

  protected rotation(): Rotation | undefined {
    const { rotary, heads, features } = this.settings;
    if (rotary === undefined) return undefined;
    const key = this.lastGrid.join('x');
    let tables = this.tables.get(key);
    if (tables === undefined) {
      const sizes = { heads, features: features / heads };
      tables = rotaryTables(this.lastGrid, this.prefixTokens, sizes, rotary);
      if (this.tables.size >= 4) this.tables.clear();
      this.tables.set(key, tables);
    }
    return { tables, cosines: tf.tensor1d(tables.cosines), sines: tf.tensor1d(tables.sines) };
  }

  /** Later blocks start with smaller last layers. */
  protected initialize(): void {
    for (const [i, block] of this.blocks.items.entries()) {
      const { attn, mlp } = block as unknown as EvaBlock;
      const last: unknown[] = [attn.proj, mlp.fc2];
      const std = (layer: unknown) => (last.includes(layer) ? 0.02 / Math.sqrt(2 * (i + 1)) : 0.02);
      initWeights(block as unknown as EvaBlock, (layer) => init.truncatedNormal(std(layer)));
    }
    if (this.attn_pool !== null) initWeights(this.attn_pool, () => init.truncatedNormal(0.02));
    initWeights(this.head, () => init.truncatedNormal(0.02 * HEAD_SCALE));
  }
}

function makePool({ features, heads, poolHeads = heads }: EvaSettings, epsilon: number): AttentionPool {
  return new AttentionPool(features, { heads: poolHeads, hidden: 4 * features, epsilon });
}

/** Which image sizes a variant takes. */
export function evaInputRule({ patchSize, anySize = false }: EvaSettings): Partial<InputRule> {
  return { fixed: !anySize, multipleOf: patchSize, minimum: patchSize };
}

/** Resizes position embeddings and biases, and moves the last norm for models that have it after pooling. */
export function adaptEvaState(state: StateDict, model: ImageModel): StateDict {
  const unused = /(^mask_token$|^rope\.|relative_position_index$)/;
  const adapted = adaptTokens(state, model as Eva, (key) => (unused.test(key) ? undefined : key));
  for (const [path, module] of model.namedModules()) {
    if (!((module as unknown) instanceof EvaAttention)) continue;
    const key = `${path}.relative_position_bias_table`;
    const table = adapted.get(key);
    const { window } = module as unknown as EvaAttention;
    if (table !== undefined && window !== undefined) {
      adapted.set(key, resizeRelativePositions(table, window, 3));
    }
  }
  return adapted;
}
