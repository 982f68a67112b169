import { Conv2d, Module } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';

const TEMPERATURE = 10_000;
const EPSILON = 1e-6;
const FEATURES = 32;

/** Sine and cosine position encodings, projected to the channels of the map: `[1,H,W,C]`. */
export class FourierPositions extends Module<[height: number, width: number]> {
  token_projection: Conv2d;

  constructor(channels: number) {
    super();
    this.token_projection = new Conv2d(2 * FEATURES, channels, 1);
  }

  forward(height: number, width: number): tf.Tensor4D {
    return this.token_projection.call(fourierPositions(height, width, FEATURES));
  }
}

/**
 * Sines and cosines of positions at several frequencies, `[1,H,W,2*features]`: first of rows, then of columns (DETR: Carion et
 * al. 2020, arXiv 2005.12872).
 */
function fourierPositions(height: number, width: number, features: number): tf.Tensor4D {
  const rows = encode(height, features);
  const columns = encode(width, features);
  const values = new Float32Array(height * width * 2 * features);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 2 * features) {
      values.set(rows.subarray(y * features, (y + 1) * features), at);
      values.set(columns.subarray(x * features, (x + 1) * features), at + features);
    }
  }
  return tf.tensor4d(values, [1, height, width, 2 * features]);
}

/** `[size,features]`: position i is at the angle 2 pi (i + 1) / size. */
function encode(size: number, features: number): Float32Array {
  const values = new Float32Array(size * features);
  for (let i = 0; i < size; i++) {
    const angle = ((i + 1) / (size + EPSILON)) * 2 * Math.PI;
    for (let j = 0; j < features; j++) {
      const turned = angle / TEMPERATURE ** ((2 * Math.floor(j / 2)) / features);
      values[i * features + j] = j % 2 === 0 ? Math.sin(turned) : Math.cos(turned);
    }
  }
  return values;
}
