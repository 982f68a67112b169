import { fuse, summary } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { ImageModel } from './image-model.ts';

/** Images per batch of a small network: enough to use all cores. */
const BATCH = 8;
/** Multiply-adds per batch; of a large network, one image uses all cores. */
const BATCH_MULTIPLY_ADDS = 40e9;
/** How long batches are timed, unless a single one takes longer. */
const SECONDS = 2;

/** How fast a model is on this machine. */
export interface Speed {
  readonly secondsPerImage: number;
  readonly batchSize: number;
}

/**
 * Times the inference form of a model on random images `[B,S,S,C]`, for some two seconds, or one batch if it takes longer: the
 * fastest batch counts, since other work on the machine can only slow one down. B is 8, or less for large networks.
 *
 * @param imageSize S, in pixels
 */
export function measureSpeed(model: ImageModel, imageSize: number, channels = 3): Speed {
  const { multiplyAdds } = summary(model, [1, imageSize, imageSize, channels]);
  const batchSize = Math.min(BATCH, Math.max(1, Math.floor(BATCH_MULTIPLY_ADDS / multiplyAdds)));
  const fast = fuse(model, [1, imageSize, imageSize, channels]);
  const shape = [batchSize, imageSize, imageSize, channels] as const;
  const images = tf.randomUniform([...shape], -1, 1, 'float32', 1) as tf.Tensor4D;
  const time = (): number => {
    const began = performance.now();
    tf.tidy(() => fast.call(images).dataSync());
    return (performance.now() - began) / 1000;
  };
  try {
    // The first batch includes one-time work.
    time();
    let fastest = time();
    for (let total = fastest; total < SECONDS; ) {
      const seconds = time();
      total += seconds;
      fastest = Math.min(fastest, seconds);
    }
    return { secondsPerImage: fastest / batchSize, batchSize };
  } finally {
    images.dispose();
    fast.dispose();
  }
}
