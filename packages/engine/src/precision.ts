import * as tf from '@tensorflow/tfjs-core';
import { valueAndGradients } from './backward.ts';
import { conv2d } from './kernels/conv2d.ts';
import { nativeBackend, state } from './state.ts';

/** Number format of convolutions and matrix products; weights, statistics and losses are always float32. */
export type Precision = 'float32' | 'bfloat16';

/** The current precision of kernels. */
export function precision(): Precision {
  return state.bfloat16 ? 'bfloat16' : 'float32';
}

/**
 * Runs `f` with convolutions and matrix products in the given precision: autocast for a part of a network, or float32
 * for a part that needs it. Gradients use the precision of their forward pass. Backends other than TensorFlow's, and
 * CPUs without bfloat16 instructions, always compute in float32.
 */
export function withPrecision<T>(format: Precision, f: () => T): T {
  const before = state.bfloat16;
  state.bfloat16 = format === 'bfloat16' && nativeBackend() !== undefined && state.canBfloat16;
  try {
    return f();
  } finally {
    state.bfloat16 = before;
  }
}

/**
 * Milliseconds that a 3x3 convolution and its gradients take in each precision on this machine: the best of a few runs,
 * about 0.1 s in total. Infinite for bfloat16 if this machine does not support it.
 */
export function measurePrecision(): Record<Precision, number> {
  return {
    float32: timeConvolution('float32'),
    bfloat16: state.canBfloat16 ? timeConvolution('bfloat16') : Number.POSITIVE_INFINITY,
  };
}

/** bfloat16 must take at most this fraction of float32's time to be worth its rounding errors. */
const MAX_TIME_RATIO = 0.8;

/** The faster precision by the times of {@link measurePrecision}. */
export function fasterPrecision({ float32, bfloat16 }: Record<Precision, number>): Precision {
  return bfloat16 < MAX_TIME_RATIO * float32 ? 'bfloat16' : 'float32';
}

function timeConvolution(format: Precision): number {
  return withPrecision(format, () =>
    tf.tidy(() => {
      const x = tf.ones([8, 28, 28, 64]) as tf.Tensor4D;
      const weight = tf.ones([3, 3, 64, 64]) as tf.Tensor4D;
      const step = () => {
        const { value, gradients } = valueAndGradients(
          () => tf.mean(conv2d(x, weight, { padding: 1 })),
          [x, weight],
        );
        value.dataSync();
        tf.dispose([value, ...gradients]);
      };
      try {
        let best = Number.POSITIVE_INFINITY;
        for (let attempt = 0; attempt < 6; attempt++) {
          const start = performance.now();
          step();
          // The first run includes oneDNN's code generation.
          if (attempt > 0) best = Math.min(best, performance.now() - start);
        }
        return best;
      } catch {
        return Number.POSITIVE_INFINITY;
      }
    }),
  );
}
