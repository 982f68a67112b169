import { PodiumError } from '@podium/core';
import { Linear } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { crossEntropy } from '../../losses.ts';
import { definePretraining, type PretrainingDefinition } from '../definition.ts';

const TURNS = 4;

/**
 * Predicts by how many quarter turns an image was rotated. All four rotations of each image are in the batch, as in the
 * paper. Cheap, and works with small batches; useless for images without an upright orientation.
 */
export const rotation: PretrainingDefinition = definePretraining({
  name: 'rotation',
  summary: 'Predicts by how many quarter turns an image was rotated.',
  reference: 'Gidaris et al. 2018, arXiv:1803.07728',
  views: 1,
  settings: z.strictObject({}),
  create: (_, features) => ({
    head: new Linear(features, TURNS),
    loss({ first }, network) {
      const size = first.shape[0];
      const turns = Int32Array.from({ length: TURNS * size }, (_, i) => Math.floor(i / size));
      const targets = tf.oneHot(tf.tensor1d(turns, 'int32'), TURNS, 1, 0, 'float32') as tf.Tensor2D;
      const [logits] = network.logits([quarterTurns(first)]) as [tf.Tensor2D];
      const right = tf.equal(tf.argMax(logits, 1), tf.argMax(targets, 1));
      return {
        total: crossEntropy(logits, targets),
        parts: { accuracy: tf.mean(tf.cast(right, 'float32')) },
      };
    },
  }),
});

/** `[B,S,S,C] -> [4B,S,S,C]`: the images, then rotated anticlockwise by one, two and three quarters (`torch.rot90`). */
export function quarterTurns(x: tf.Tensor4D): tf.Tensor4D {
  const [, height, width] = x.shape;
  if (height !== width) {
    throw new PodiumError({
      code: 'online-batch',
      message: 'images to rotate',
      expected: 'squares',
      got: `${height} x ${width}`,
      fix: 'crop them to squares',
    });
  }
  const turn = (image: tf.Tensor4D) => tf.reverse(tf.transpose(image, [0, 2, 1, 3]), 1);
  const once = turn(x);
  const twice = turn(once);
  return tf.concat([x, once, twice, turn(twice)], 0);
}
