import { readValues } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';

/** Where a model looked in each image. */
export interface ImageMaps {
  /** `[B,h,w]`, each map scaled to a maximum of 1; all zeros if nothing supports the class. */
  readonly values: Float32Array;
  readonly shape: readonly [batch: number, height: number, width: number];
}

/** Reads non-negative maps `[B,h,w]`, each divided by its maximum. */
export function readMaps(makeMaps: () => tf.Tensor3D): ImageMaps {
  let shape: ImageMaps['shape'] = [0, 0, 0];
  const values = readValues(() => {
    const maps = makeMaps();
    shape = [...maps.shape];
    return tf.divNoNan(maps, tf.max(maps, [1, 2], true));
  });
  return { values, shape };
}
