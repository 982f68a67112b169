import { PodiumError } from '@podium/core';
import type { MultiHeadAttention } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { VisionTransformer } from '../families/shared/vision-transformer.ts';
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
 * @throws PodiumError `zoo-explain` for models other than ViT and DeiT: in Swin's windows no token sees the whole image
 */
export function attentionRollout(model: ImageModel, images: tf.Tensor4D): ImageMaps {
  checkImages(images);
  if (!(model instanceof VisionTransformer)) {
    throw new PodiumError({
      code: 'zoo-explain',
      message: `${model.constructor.name} has no attention between all patches of an image`,
      expected: 'a ViT or DeiT',
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
function rollOut(model: VisionTransformer, images: tf.Tensor4D): tf.Tensor3D {
  let rolled: tf.Tensor3D | undefined;
  const removals = Array.from(attentionOf(model), (attention) =>
    attention.qkv.registerForwardHook((_module, _inputs, qkv) => {
      const before = rolled;
      rolled = tf.tidy(() => {
        const mixing = mixed(qkv as tf.Tensor3D, attention);
        return tf.keep(before === undefined ? mixing : tf.matMul(mixing, before));
      });
      before?.dispose();
      return undefined;
    }),
  );
  try {
    model.forwardFeatures(images);
    return tf.clone(rolled as unknown as tf.Tensor3D);
  } finally {
    for (const remove of removals) remove();
    (rolled as tf.Tensor3D | undefined)?.dispose();
  }
}

function* attentionOf({ blocks }: VisionTransformer): Generator<MultiHeadAttention> {
  for (const [, block] of blocks.namedChildren()) {
    yield block.getSubmodule('attn') as unknown as MultiHeadAttention;
  }
}

/** Recomputes the attention weights, which the engine's kernel does not return: `[B,N,3*heads*d] -> [B,N,N]`. */
function mixed(qkv: tf.Tensor3D, { heads, headFeatures }: MultiHeadAttention): tf.Tensor3D {
  const [batch, tokens] = qkv.shape;
  const part = (index: number) => {
    const width = heads * headFeatures;
    const slice = tf.slice(qkv, [0, 0, index * width], [batch, tokens, width]);
    return tf.transpose(tf.reshape(slice, [batch, tokens, heads, headFeatures]), [0, 2, 1, 3]);
  };
  const scores = tf.mul(tf.matMul(part(0), part(1), false, true), headFeatures ** -0.5);
  const attended = tf.mul(tf.mean(tf.softmax(scores), 1), 1 - RESIDUAL);
  return tf.add(attended, tf.mul(tf.eye(tokens), RESIDUAL)) as tf.Tensor3D;
}

/** The range of tokens that the classifier gets. */
function classifiedTokens(
  { pooling, prefixTokens, head_dist }: VisionTransformer,
  tokens: number,
): [first: number, count: number] {
  if (pooling !== 'token') return [prefixTokens, tokens - prefixTokens];
  return [0, head_dist === null ? 1 : 2];
}
