import { PodiumError } from '@podium/core';
import type * as tf from '@tensorflow/tfjs-core';

/**
 * Checks that images have the size that a model was made for.
 *
 * @throws PodiumError `zoo-image-size` for images of another size
 */
export function assertImageSize(
  x: tf.Tensor4D,
  [height, width]: readonly [height: number, width: number],
): void {
  if (x.shape[1] === height && x.shape[2] === width) return;
  throw new PodiumError({
    code: 'zoo-image-size',
    message: 'this model was made for images of one size',
    expected: `[B,${height},${width},C]`,
    got: `[${x.shape}]`,
    fix: `create the model with imageSize: [${x.shape[1]}, ${x.shape[2]}], or resize the images`,
  });
}
