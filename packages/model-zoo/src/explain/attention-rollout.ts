import { PodiumError } from '@podium/core';
import type { MultiHeadAttention } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { AttentionMix } from '../families/shared/eva-blocks.ts';
import { TokenModel } from '../families/shared/token-model.ts';
import type { ImageModel } from '../image-model.ts';
import { type ImageMaps, readMaps } from './image-maps.ts';
import { checkImages, withEvalMode } from './with-eval-mode.ts';

/** Share of each block's output that the residual connection passes on. */
const RESIDUAL = 0.5;

/**
 * How much each patch contributes to what a vision transformer classifies (attention rollout: Abnar and Zuidema 2020, arXiv
 * 2005.00928). The attention of each block, averaged over heads and mixed equally with the residual connection, is multiplied
 * from the first block to the last. The map is read at the class token; for distilled models at the mean of both class tokens,
 * and for models without one at the mean of all patches. It does not depend on a class.
 *
 * Runs in evaluation mode and in float32, and leaves the model as it was.
 *
 * @param images `[B,H,W,C]`, normalized as the model expects them
 * @returns maps `[B,h,w]` of patches
 * @throws PodiumError `zoo-explain` for models other than ViT and its relatives: in Swin's windows no token sees the whole image
 */
export function attentionRollout(model: ImageModel, images: tf.Tensor4D): ImageMaps {
  checkImages(images);
  if (!(model instanceof TokenModel)) {
    throw new PodiumError({
      code: 'zoo-explain',
      message: `${model.constructor.name} has no attention between all patches of an image`,
      expected: 'a ViT or a relative of it',
      fix: 'use gradCam',
    });
  }
  return withEvalMode(model, () =>
    readMaps(() => {
      const rolled = rollOut(model, images);
      const [batch, tokens] = rolled.shape;
      const [first, count] = classifiedTokens(model, tokens);
      const rows = tf.mean(tf.slice(rolled, [0, first, 0], [batch, count, tokens]), 1);
      return tf.squeeze(model.featureMap(tf.expandDims(rows, 2)), [3]) as tf.Tensor3D;
    }),
  );
}

/** `[B,N,N]`: share of each input token (column) in each output token (row). */
function rollOut(model: TokenModel, images: tf.Tensor4D): tf.Tensor3D {
  let rolled: tf.Tensor3D | undefined;
  const roll = (qkv: tf.Tensor3D, attention: Heads, bias?: tf.Tensor) => {
    const before = rolled;
    rolled = tf.tidy(() => {
      const mixing = mixed(qkv, attention, bias);
      return tf.keep(before === undefined ? mixing : tf.matMul(mixing, before));
    });
    before?.dispose();
    return undefined;
  };
  const removals = Array.from(attentionOf(model), (attention) =>
    'mix' in attention
      ? attention.mix.registerForwardHook((_module, [qkv, bias]) =>
          roll(qkv as tf.Tensor3D, attention, bias as tf.Tensor | undefined),
        )
      : attention.qkv.registerForwardHook((_module, _inputs, qkv) => roll(qkv as tf.Tensor3D, attention)),
  );
  try {
    model.forwardFeatures(images);
    return tf.clone(rolled as unknown as tf.Tensor3D);
  } finally {
    for (const remove of removals) remove();
    (rolled as tf.Tensor3D | undefined)?.dispose();
  }
}

type Heads = Pick<MultiHeadAttention, 'heads' | 'headFeatures'>;

/** Attention whose queries and keys change after their linear layer, or get a bias. */
type MixedAttention = Heads & { readonly mix: AttentionMix };

function* attentionOf({ blocks }: TokenModel): Generator<MultiHeadAttention | MixedAttention> {
  for (const [, block] of blocks.namedChildren()) {
    yield block.getSubmodule('attn') as unknown as MultiHeadAttention | MixedAttention;
  }
}

/** Recomputes the attention weights, which the engine's kernel does not return: `[B,N,3*heads*d] -> [B,N,N]`. */
function mixed(qkv: tf.Tensor3D, { heads, headFeatures }: Heads, bias?: tf.Tensor): tf.Tensor3D {
  const [batch, tokens] = qkv.shape;
  const part = (index: number) => {
    const width = heads * headFeatures;
    const slice = tf.slice(qkv, [0, 0, index * width], [batch, tokens, width]);
    return tf.transpose(tf.reshape(slice, [batch, tokens, heads, headFeatures]), [0, 2, 1, 3]);
  };
  const scores = tf.mul(tf.matMul(part(0), part(1), false, true), headFeatures ** -0.5);
  const biased = bias === undefined ? scores : tf.add(scores, bias);
  const attended = tf.mul(tf.mean(tf.softmax(biased), 1), 1 - RESIDUAL);
  return tf.add(attended, tf.mul(tf.eye(tokens), RESIDUAL)) as tf.Tensor3D;
}

/** The range of tokens that the classifier gets. */
function classifiedTokens(
  { pooling, prefixTokens, classifierPaths = [] }: TokenModel,
  tokens: number,
): [first: number, count: number] {
  if (pooling !== 'token') return [prefixTokens, tokens - prefixTokens];
  // Distilled models have a classifier for each of two tokens.
  return [0, Math.max(1, classifierPaths.length)];
}
