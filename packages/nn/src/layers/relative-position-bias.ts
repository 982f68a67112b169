import * as tf from '@tensorflow/tfjs-core';
import { truncatedNormal } from '../init.ts';
import { Module } from '../module.ts';
import { IndexTable, Parameter } from '../parameter.ts';

/**
 * A learned bias per pair of positions of a window by the offset between them, `() -> [heads,N,N]` with N = h w (Liu et al.
 * 2021, Swin). The table is `[(2h-1)(2w-1),heads]`.
 */
export class RelativePositionBias extends Module<[], tf.Tensor3D> {
  readonly window: readonly [height: number, width: number];
  readonly heads: number;
  relative_position_bias_table: Parameter;
  relative_position_index: IndexTable;

  constructor(window: readonly [height: number, width: number], heads: number) {
    super();
    const [height, width] = window;
    this.window = window;
    this.heads = heads;
    const table = [(2 * height - 1) * (2 * width - 1), heads];
    this.relative_position_bias_table = new Parameter(table, truncatedNormal(0.02));
    this.relative_position_index = new IndexTable([height * width, height * width], relativeIndices(window));
  }

  forward(): tf.Tensor3D {
    const tokens = this.window[0] * this.window[1];
    const indices = tf.tensor1d(this.relative_position_index.values, 'int32');
    const bias = tf.reshape(tf.gather(this.relative_position_bias_table.data, indices), [
      tokens,
      tokens,
      this.heads,
    ]);
    return tf.transpose(bias, [2, 0, 1]) as tf.Tensor3D;
  }

  override extraRepr(): string {
    return `window=${this.window.join('x')}, heads=${this.heads}`;
  }
}

/** `[N,N]`: for each pair of positions, the row of the table that belongs to their offset. */
export function relativeIndices([height, width]: readonly [number, number]): Int32Array {
  const tokens = height * width;
  const indices = new Int32Array(tokens * tokens);
  for (let from = 0; from < tokens; from++) {
    for (let to = 0; to < tokens; to++) {
      const down = Math.floor(from / width) - Math.floor(to / width) + height - 1;
      const right = (from % width) - (to % width) + width - 1;
      indices[from * tokens + to] = down * (2 * width - 1) + right;
    }
  }
  return indices;
}
