import { readValues } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';

/** Where a model looked in each image. */
export interface ImageMaps {
  /** `[B,h,w]`, each map from 0 to 1 by its own largest value; a map of zeros where nothing speaks for the answer. */
  readonly values: Float32Array;
  readonly shape: readonly [batch: number, height: number, width: number];
}

/** Reads maps `[B,h,w]` that are nowhere below 0, each divided by its largest value. */
export function readMaps(makeMaps: () => tf.Tensor3D): ImageMaps {
  let shape: ImageMaps['shape'] = [0, 0, 0];
  const values = readValues(() => {
    const maps = makeMaps();
    shape = [...maps.shape];
    return tf.divNoNan(maps, tf.max(maps, [1, 2], true));
  });
  return { values, shape };
}
