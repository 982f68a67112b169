// Rotary position embeddings: Su et al. 2021 (arXiv 2104.09864), for two axes as in EVA-02 (2303.11331) and DINOv3 (2508.10104).
import { differentiable } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';

/** How positions become angles. */
export interface RotarySettings {
  /** `index`: rows and columns are counted. `centered`: from -1 to 1 in any grid (DINOv3). */
  readonly grid: 'index' | 'centered';
  readonly temperature: number;
  /** Rows and columns that any grid is scaled to. Default: no scaling. */
  readonly reference?: number;
  /** Added to the positions before they are scaled. Default 0. */
  readonly offset?: number;
  /** Whether angles of columns come before those of rows. Default false. */
  readonly columnsFirst?: boolean;
  /** Whether value i is rotated with value i + d/2 instead of its neighbor. Default false. */
  readonly halves?: boolean;
}

/** Cosines and signed sines of packed queries, keys and values, flat `[N*3*heads*d]`. */
export interface RotaryTables {
  readonly cosines: Float32Array;
  readonly sines: Float32Array;
  readonly halves: boolean;
  /** Features per head: d. */
  readonly features: number;
}

type Size = readonly [rows: number, columns: number];

/** Tables for a grid of patches after `prefix` tokens, which are not rotated. Values are not rotated either. */
export function rotaryTables(
  grid: Size,
  prefix: number,
  { heads, features }: { readonly heads: number; readonly features: number },
  settings: RotarySettings,
): RotaryTables {
  const { halves = false } = settings;
  const [rows, columns] = grid;
  const width = 3 * heads * features;
  const cosines = new Float32Array((prefix + rows * columns) * width).fill(1);
  const sines = new Float32Array(cosines.length);
  for (let position = 0; position < rows * columns; position++) {
    const angles = anglesOf([Math.floor(position / columns), position % columns], grid, features, settings);
    const from = (prefix + position) * width;
    for (const [i, angle] of angles.entries()) {
      const [first, second] = halves ? [i, i + features / 2] : [2 * i, 2 * i + 1];
      for (let at = from; at < from + 2 * heads * features; at += features) {
        cosines[at + first!] = Math.cos(angle);
        cosines[at + second!] = Math.cos(angle);
        sines[at + first!] = -Math.sin(angle);
        sines[at + second!] = Math.sin(angle);
      }
    }
  }
  return { cosines, sines, halves, features };
}

/** Angles of a position, half as many as features: those of one axis, then those of the other. */
function anglesOf(position: Size, grid: Size, features: number, settings: RotarySettings): number[] {
  const { grid: kind, temperature, reference, offset = 0, columnsFirst = false } = settings;
  const bands = features / 4;
  const axes = columnsFirst ? [1, 0] : [0, 1];
  return axes.flatMap((axis) => {
    const [at, extent] = [position[axis]!, grid[axis]!];
    const scaled = (at + offset) * (reference === undefined ? 1 : reference / extent);
    const coordinate = kind === 'centered' ? 2 * Math.PI * ((2 * (at + 0.5)) / extent - 1) : scaled;
    return Array.from({ length: bands }, (_, band) => coordinate / temperature ** (band / bands));
  });
}

/**
 * Rotates queries and keys, `[B,N,3*heads*d] -> [B,N,3*heads*d]`. Swapping the two values of each pair is a reversal of a short
 * axis, and the sign is in the table of sines, so it takes four passes over memory and saves only the tables.
 */
export function rotate(
  qkv: tf.Tensor3D,
  cosines: tf.Tensor1D,
  sines: tf.Tensor1D,
  pairs: Pairs,
): tf.Tensor3D {
  const [batch] = qkv.shape;
  const rows = (x: tf.Tensor) => tf.reshape(x, [batch, x.size / batch]);
  const swap = (x: tf.Tensor) => rows(swapPairs(x, pairs));
  return differentiable(
    { qkv },
    (save) => {
      save([cosines, sines]);
      const flat = rows(qkv);
      return tf.reshape(tf.add(tf.mul(flat, cosines), tf.mul(swap(flat), sines)), qkv.shape);
    },
    (dy, [cos, sin]) => ({
      qkv: () => {
        const flat = rows(dy);
        return tf.reshape(tf.add(tf.mul(flat, cos!), swap(tf.mul(flat, sin!))), dy.shape);
      },
    }),
  ) as tf.Tensor3D;
}

type Pairs = Pick<RotaryTables, 'halves' | 'features'>;

function swapPairs(x: tf.Tensor, { halves, features }: Pairs): tf.Tensor {
  if (!halves) return tf.reverse(tf.reshape(x, [x.size / 2, 2]), 1);
  return tf.reverse(tf.reshape(x, [x.size / features, 2, features / 2]), 1);
}
