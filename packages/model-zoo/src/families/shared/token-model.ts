import type { LayerNorm, Sequential } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { ImageModel } from '../../image-model.ts';
import type { AttentionPool } from './attention-pool.ts';
import type { PatchEmbed } from './patch-embed.ts';

export type Pooling = 'token' | 'avg' | 'avgmax' | 'max' | 'map' | '';

/** A transformer of one resolution, whose features are tokens `[B,N,C]`: a few of its own, then one per patch of the image. */
export abstract class TokenModel extends ImageModel {
  /** Tokens before those of the patches. */
  abstract readonly prefixTokens: number;
  /** Whether position embeddings are added to patches only. */
  abstract readonly patchPositionsOnly: boolean;
  abstract pooling: Pooling;
  abstract patch_embed: PatchEmbed;
  abstract blocks: Sequential;
  abstract norm: LayerNorm | null;
  abstract fc_norm: LayerNorm | null;
  abstract attn_pool: AttentionPool | null;

  /** Rows and columns of the patches that the last call made. */
  get grid(): readonly [rows: number, columns: number] {
    return this.patch_embed.grid;
  }

  /** Tokens of a block, `[B,N,C]`, as a map of patches `[B,h,w,C]`. */
  override featureMap(tokens: tf.Tensor): tf.Tensor4D {
    const patches = this.patchesOf(tokens);
    return tf.reshape(patches, [patches.shape[0]!, ...this.grid, patches.shape[2]!]);
  }

  protected pool(tokens: tf.Tensor): tf.Tensor {
    if (this.pooling === '') return tokens;
    if (this.attn_pool !== null) return this.attn_pool.call(tokens);
    if (this.pooling === 'token') return tokenAt(tokens, 0);
    const patches = this.patchesOf(tokens);
    if (this.pooling === 'avg') return tf.mean(patches, 1);
    if (this.pooling === 'max') return tf.max(patches, 1);
    return tf.mul(tf.add(tf.mean(patches, 1), tf.max(patches, 1)), 0.5);
  }

  private patchesOf(tokens: tf.Tensor): tf.Tensor {
    if (this.prefixTokens === 0) return tokens;
    const [batch = 1, count = 1, channels = 1] = tokens.shape;
    return tf.slice(tokens, [0, this.prefixTokens, 0], [batch, count - this.prefixTokens, channels]);
  }
}

/** `[B,N,C] -> [B,C]` */
export function tokenAt(tokens: tf.Tensor, at: number): tf.Tensor {
  const [batch = 1, , channels = 1] = tokens.shape;
  return tf.reshape(tf.slice(tokens, [0, at, 0], [batch, 1, channels]), [batch, channels]);
}
