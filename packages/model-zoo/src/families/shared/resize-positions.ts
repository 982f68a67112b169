import { float32Of, type StateTensor } from '@podium/nn';
import { cubicWeights, linearWeights, resampleGrid } from '../../resample-grid.ts';

/**
 * Resizes the position embeddings `[1,prefix+n,C]` of a square grid of patches to another grid, bicubic with antialiasing
 * (timm's `resample_abs_pos_embed`). Those of other tokens stay as they are. As in timm, n positions are taken for a square if
 * they can be one: 196 are 14 x 14, also for a model whose grid is 7 x 28. Returns the same tensor for the same square, and
 * for a number that is no square.
 */
export function resizePositions(
  positions: StateTensor,
  [rows, columns]: readonly [number, number],
  prefix: number,
): StateTensor {
  const [, tokens = 0, channels = 0] = positions.shape;
  const side = Math.sqrt(tokens - prefix);
  if (isSame(side, rows, columns)) return positions;
  const from = float32Of(positions);
  const { values } = resampleGrid(
    { rows: side, columns: side, channels, values: from.subarray(prefix * channels) },
    cubicWeights(side, rows),
    cubicWeights(side, columns),
  );
  const data = new Float32Array(prefix * channels + values.length);
  data.set(from.subarray(0, prefix * channels));
  data.set(values, prefix * channels);
  return { dtype: 'float32', shape: [1, prefix + rows * columns, channels], data };
}

/**
 * Resizes the biases by relative position `[(2s-1)^2,heads]` of a square window to another window (timm's
 * `resize_rel_pos_bias_table`). Old positions are placed in a geometric progression from the center, so that near ones keep
 * their values, and new ones are interpolated linearly. As in timm, a table is taken for one of a square window if it can be.
 *
 * @param extra rows at the end of the table that stay as they are: those of other tokens
 */
export function resizeRelativePositions(
  table: StateTensor,
  [height, width]: readonly [number, number],
  extra = 0,
): StateTensor {
  const [count = 0, heads = 0] = table.shape;
  const positions = count - extra;
  const [rows, columns] = [2 * height - 1, 2 * width - 1];
  const side = Math.sqrt(positions);
  if (isSame(side, rows, columns)) return table;
  const weights = (extent: number) => {
    const wanted = Array.from({ length: extent }, (_, i) => i - (extent - 1) / 2);
    return linearWeights(geometricPositions(side, extent), wanted);
  };
  const from = float32Of(table);
  const grid = { rows: side, columns: side, channels: heads, values: from.subarray(0, positions * heads) };
  const { values } = resampleGrid(grid, weights(rows), weights(columns));
  const data = new Float32Array(values.length + extra * heads);
  data.set(values);
  data.set(from.subarray(positions * heads), values.length);
  return { dtype: 'float32', shape: [rows * columns + extra, heads], data };
}

/** Whether a square of this side is the grid already, or no square at all. */
function isSame(side: number, rows: number, columns: number): boolean {
  return (side === rows && side === columns) || !Number.isInteger(side) || side === 0;
}

/** Positions of `from` values among `to`, counted from the center in both directions: 1, 1 + q, 1 + q + q^2, ... */
function geometricPositions(from: number, to: number): number[] {
  const [reach, half] = [Math.floor(to / 2), Math.floor(from / 2)];
  let low = 1.01;
  let high = 1.5;
  let ratio = low;
  while (high - low > 1e-6) {
    ratio = (low + high) / 2;
    if ((1 - ratio ** half) / (1 - ratio) > reach) high = ratio;
    else low = ratio;
  }
  const positions: number[] = [];
  for (let i = 0, position = 1; i < half; i++, position += ratio ** i) positions.push(position);
  return [...positions.map((position) => -position).reverse(), 0, ...positions];
}
