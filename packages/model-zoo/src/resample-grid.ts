/** A grid of vectors, `[rows,columns,channels]`, row-major. */
interface Grid {
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly values: Float32Array;
}

/** Resampling of one axis: output i is the sum of `weights[i][j] * input[first[i] + j]`. */
interface AxisWeights {
  readonly first: readonly number[];
  readonly weights: readonly (readonly number[])[];
}

/**
 * Cubic weights that resize `from` values to `to`, with a wider kernel for shrinking:
 * `torch.nn.functional.interpolate(mode='bicubic', antialias=True)` along one axis.
 */
export function cubicWeights(from: number, to: number): AxisWeights {
  const scale = from / to;
  const width = Math.max(1, scale);
  const first: number[] = [];
  const weights: number[][] = [];
  for (let i = 0; i < to; i++) {
    const center = scale * (i + 0.5);
    const start = Math.max(0, Math.floor(center - 2 * width + 0.5));
    const end = Math.min(from, Math.floor(center + 2 * width + 0.5));
    const row = Array.from({ length: end - start }, (_, j) => cubic((start + j + 0.5 - center) / width));
    const sum = row.reduce((total, weight) => total + weight, 0);
    first.push(start);
    weights.push(row.map((weight) => weight / sum));
  }
  return { first, weights };
}

/** Keys 1981 with a = -1/2, as in PIL and PyTorch's antialiased modes. */
function cubic(x: number): number {
  const a = -0.5;
  const d = Math.abs(x);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return ((d - 5) * d + 8) * d * a - 4 * a;
  return 0;
}

/** Linear interpolation from samples at the increasing positions `from` to the positions `to`, constant beyond the ends. */
export function linearWeights(from: readonly number[], to: readonly number[]): AxisWeights {
  const last = from.length - 1;
  const first: number[] = [];
  const weights: number[][] = [];
  for (const position of to) {
    const after = from.findIndex((known) => known >= position);
    const right = after === -1 ? last : after;
    const left = Math.max(0, right - 1);
    const span = from[right]! - from[left]!;
    const share = span === 0 ? 0 : Math.min(1, (position - from[left]!) / span);
    first.push(left);
    weights.push(left === right ? [1] : [1 - share, share]);
  }
  return { first, weights };
}

/** Resamples a grid along both axes. */
export function resampleGrid(grid: Grid, rows: AxisWeights, columns: AxisWeights): Grid {
  const wide = mix(grid.values, columns, grid.rows, grid.columns, grid.channels);
  const width = columns.first.length;
  const values = mix(wide, rows, 1, grid.rows, width * grid.channels);
  return {
    rows: rows.first.length,
    columns: width,
    channels: grid.channels,
    values: Float32Array.from(values),
  };
}

/** Mixes the middle axis of `[outer,extent,inner]`. */
function mix(
  values: ArrayLike<number>,
  { first, weights }: AxisWeights,
  outer: number,
  extent: number,
  inner: number,
): Float64Array {
  const mixed = new Float64Array(outer * first.length * inner);
  for (let o = 0; o < outer; o++) {
    for (const [i, row] of weights.entries()) {
      const into = (o * first.length + i) * inner;
      for (const [j, weight] of row.entries()) {
        const from = (o * extent + first[i]! + j) * inner;
        for (let c = 0; c < inner; c++) {
          mixed[into + c] = mixed[into + c]! + weight * values[from + c]!;
        }
      }
    }
  }
  return mixed;
}
