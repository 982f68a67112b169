import { Rng } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect } from 'vitest';
import { testBfloat16 } from '../../test/native.ts';
import { valueAndGradients } from '../backward.ts';
import { loadEngine } from '../load.ts';
import { withPrecision } from '../precision.ts';
import { state } from '../state.ts';
import { castTo, conv2d } from './index.ts';

beforeAll(async () => {
  await loadEngine({ backend: 'tensorflow', threads: 2 });
});

/**
 * The bfloat16 filter gradient of a random convolution, by Podium's op or without it, and what TensorFlow ran for it.
 */
function gradient(seed: number, own: boolean): { values: Float32Array; name: string } {
  const rng = Rng.fromSeed(seed);
  const [batch, channels, filters] = [2 + rng.int(4), 1 + rng.int(40), 1 + rng.int(70)];
  const kernel: [number, number] = [1 + rng.int(5), 1 + rng.int(5)];
  const options = {
    stride: [1 + rng.int(3), 1 + rng.int(3)] as [number, number],
    dilation: 1 + rng.int(2),
    padding: [
      [rng.int(3), rng.int(3)],
      [rng.int(3), rng.int(3)],
    ] as [[number, number], [number, number]],
  };
  const native = state.native as unknown as { hasBfloat16FilterGrad: boolean };
  const had = native.hasBfloat16FilterGrad;
  native.hasBfloat16FilterGrad = own && had;
  try {
    return tf.tidy(() => {
      const image = castTo(random(rng, [batch, 11 + rng.int(9), 11 + rng.int(9), channels]), 'bfloat16');
      const weight = random(rng, [...kernel, channels, filters]);
      let name = '';
      state.native?.listen((op) => {
        if (/Filter/.test(op)) name = op;
      });
      const { gradients } = valueAndGradients(() => {
        const y = withPrecision('bfloat16', () =>
          conv2d(image as tf.Tensor4D, weight as tf.Tensor4D, options),
        );
        return tf.sum(tf.mul(y, castTo(random(rng.split('dy'), y.shape), 'bfloat16')));
      }, [weight]);
      return { values: gradients[0]?.dataSync() as Float32Array, name };
    });
  } finally {
    state.native?.listen(undefined);
    native.hasBfloat16FilterGrad = had;
  }
}

function random(rng: Rng, shape: number[]): tf.Tensor {
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  rng.fillUniform(values, -1, 1);
  return tf.tensor(values, shape);
}

testBfloat16.each(Array.from({ length: 60 }, (_, seed) => seed))(
  'the bfloat16 filter gradient of random convolution %i agrees with oneDNN',
  (seed) => {
    const ours = gradient(seed, true);
    const theirs = gradient(seed, false);
    if (state.native?.hasBfloat16FilterGrad === true) expect(ours.name).toBe('PodiumConv2DFilterGrad');
    expect(theirs.name).not.toBe('PodiumConv2DFilterGrad');
    let difference = 0;
    let norm = 0;
    theirs.values.forEach((value, i) => {
      difference += (value - ours.values[i]!) ** 2;
      norm += value ** 2;
    });
    // Ours is float32; theirs is rounded to bfloat16.
    expect(Math.sqrt(difference / norm)).toBeLessThan(0.004);
  },
);
