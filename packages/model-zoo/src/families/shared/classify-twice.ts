import type { Dropout } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { Classifier } from '../../image-model.ts';
import { tokenAt } from './token-model.ts';

/**
 * Logits of a distilled transformer, `[B,N,C] -> [B,K]`: the mean of a classifier on its class token and of another on its
 * distillation token; or with one classifier alone, or `preLogits`, those of the tokens' mean.
 */
export function classifyTwice(
  tokens: tf.Tensor,
  { head, head_dist, head_drop }: TwoHeads,
  preLogits: boolean,
): tf.Tensor {
  const [cls, dist] = [0, 1].map((at) => head_drop.call(tokenAt(tokens, at))) as [tf.Tensor, tf.Tensor];
  const mean = (a: tf.Tensor, b: tf.Tensor) => tf.mul(tf.add(a, b), 0.5);
  if (preLogits) return mean(cls, dist);
  return head_dist === null ? head.call(mean(cls, dist)) : mean(head.call(cls), head_dist.call(dist));
}

interface TwoHeads {
  readonly head: Classifier;
  readonly head_dist: Classifier | null;
  readonly head_drop: Dropout;
}
