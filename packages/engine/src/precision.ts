import * as tf from '@tensorflow/tfjs-core';
import { valueAndGradients } from './backward.ts';
import { conv2d } from './kernels/conv2d.ts';
import { nativeBackend, state } from './state.ts';

/** Number format of convolutions and matrix products; weights, statistics and losses are float32 in both. */
export type Precision = 'float32' | 'bfloat16';

/** The precision that kernels called from now on compute in. */
export function precision(): Precision {
  return state.bfloat16 ? 'bfloat16' : 'float32';
}

/**
 * Runs `f` with its convolutions and matrix products in `wanted` precision, and puts the old one back: autocast for a
 * part of a network, or float32 for a part that needs it. A gradient is computed as its forward pass was. Backends other
 * than TensorFlow's, and CPUs without bfloat16 instructions, always compute in float32.
 */
export function withPrecision<T>(wanted: Precision, f: () => T): T {
  const before = state.bfloat16;
  state.bfloat16 = wanted === 'bfloat16' && nativeBackend() !== undefined && state.canBfloat16;
  try {
    return f();
  } finally {
    state.bfloat16 = before;
  }
}

/**
 * Milliseconds that a 3x3 convolution with both its gradients takes in each precision on this machine, the best of a few
 * tries: about a tenth of a second in all. Bfloat16 is infinite where this machine cannot compute in it.
 */
export function measurePrecision(): Record<Precision, number> {
  return {
    float32: timeConvolution('float32'),
    bfloat16: state.canBfloat16 ? timeConvolution('bfloat16') : Number.POSITIVE_INFINITY,
  };
}

/** bfloat16 must be at least this much faster than float32 to be worth its rounding. */
const WORTHWHILE = 0.8;

/** The precision that {@link measurePrecision} speaks for. */
export function fasterPrecision({ float32, bfloat16 }: Record<Precision, number>): Precision {
  return bfloat16 < WORTHWHILE * float32 ? 'bfloat16' : 'float32';
}

function timeConvolution(wanted: Precision): number {
  return withPrecision(wanted, () =>
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
          // The first pays for oneDNN's code generation.
          if (attempt > 0) best = Math.min(best, performance.now() - start);
        }
        return best;
      } catch {
        return Number.POSITIVE_INFINITY;
      }
    }),
  );
}
