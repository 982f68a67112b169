import type { Interpolation } from './image.ts';

/** Fractional bits of a weight: 32 less 8 for the pixel and 2 for overshoot. */
export const PRECISION = 22;
const ONE = 2 ** PRECISION;

/** For each output pixel of a row or column: its first input pixel, their number, and their weights (sum 2^22). */
export interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `stride` per output pixel, of which the first `count` are used. */
  readonly weights: Int32Array;
  readonly stride: number;
}

interface Filter {
  readonly support: number;
  readonly at: (x: number) => number;
}

const filters: Readonly<Record<Exclude<Interpolation, 'nearest'>, Filter>> = {
  bilinear: { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
  // Keys' cubic with a = -0.5, as in Pillow.
  bicubic: {
    support: 2,
    at: (signed) => {
      const x = Math.abs(signed);
      if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
      return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
    },
  },
  lanczos3: { support: 3, at: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

function sinc(x: number): number {
  return x === 0 ? 1 : sineOfHalfTurns(x) / (Math.PI * x);
}

/** `sin(pi x)` by exactly rounded operations: the last bits of Math.sin differ between JavaScript engines. */
function sineOfHalfTurns(x: number): number {
  const whole = Math.round(x);
  const angle = (x - whole) * Math.PI;
  let series = 1;
  for (let n = 21; n > 1; n -= 2) series = 1 - (series * angle * angle) / (n * (n - 1));
  return whole % 2 === 0 ? angle * series : -angle * series;
}

/**
 * Weights for resampling [from, to) of `size` pixels to `out` pixels, with antialiasing: when an image shrinks, the filter
 * widens. The arithmetic is that of Pillow's `Resample.c`, so results are identical bit for bit.
 */
export function resampleTaps(
  interpolation: Exclude<Interpolation, 'nearest'>,
  size: number,
  from: number,
  to: number,
  out: number,
): Taps {
  const { support: radius, at } = filters[interpolation];
  const scale = (to - from) / out;
  const filterScale = Math.max(1, scale);
  const narrower = 1 / filterScale;
  const support = radius * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(out);
  const count = new Int32Array(out);
  const weights = new Int32Array(out * stride);
  const exact = new Float64Array(stride);
  const bilinear = interpolation === 'bilinear';
  for (let pixel = 0; pixel < out; pixel++) {
    const center = from + (pixel + 0.5) * scale;
    const low = Math.max(0, Math.trunc(center - support + 0.5));
    const taps = Math.min(size, Math.trunc(center + support + 0.5)) - low;
    let sum = 0;
    for (let i = 0; i < taps; i++) {
      const x = (i + low - center + 0.5) * narrower;
      // Inlined, since nearly every crop uses it.
      const weight = bilinear ? Math.max(0, 1 - Math.abs(x)) : at(x);
      exact[i] = weight;
      sum += weight;
    }
    if (sum === 0) sum = 1;
    const start = pixel * stride;
    for (let i = 0; i < taps; i++) {
      const weight = (exact[i]! / sum) * ONE;
      weights[start + i] = weight < 0 ? weight - 0.5 : weight + 0.5;
    }
    first[pixel] = low;
    count[pixel] = taps;
  }
  return { first, count, weights, stride };
}
