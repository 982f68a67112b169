import { Dropout, init, Linear, Module, Parameter, relativeIndices } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';

type Size = readonly [height: number, width: number];

/** Rate at which timm drops hidden values of {@link RelativeMlp} in training. */
const DROP_RATE = 0.125;

/** A learned bias per offset between two positions of a window, `() -> [heads,N,N]`. */
export class RelativeBias extends Module<[], tf.Tensor3D> {
  readonly window: Size;
  readonly heads: number;
  readonly rows: Int32Array;
  /** `[(2h-1)(2w-1),heads]`, or `[heads,2h-1,2w-1]` in TensorFlow's order. */
  relative_position_bias_table: Parameter;

  /** @param order of the table. TensorFlow's models count offsets in the other direction, too. */
  constructor(window: Size, heads: number, order: 'torch' | 'tensorflow') {
    super();
    this.window = window;
    this.heads = heads;
    const [height, width] = [2 * window[0] - 1, 2 * window[1] - 1];
    const isTorch = order === 'torch';
    this.rows = isTorch ? relativeIndices(window) : transposed(relativeIndices(window), window);
    const shape = isTorch ? [height * width, heads] : [heads, height, width];
    this.relative_position_bias_table = new Parameter(
      shape,
      isTorch ? init.truncatedNormal(0.02) : init.normal(0, 0.02),
    );
  }

  forward(): tf.Tensor3D {
    const tokens = this.window[0] * this.window[1];
    const table = this.relative_position_bias_table.data;
    const perRow = table.rank === 2 ? table : tf.transpose(tf.reshape(table, [this.heads, -1]));
    return gatherBias(perRow, this.rows, tokens);
  }
}

/** The same from a small network that gets the offset on a logarithmic scale, so its weights fit windows of any size. */
export class RelativeMlp extends Module<[], tf.Tensor3D> {
  readonly window: Size;
  readonly rows: Int32Array;
  /** `[(2h-1)(2w-1),2]` */
  readonly offsets: Float32Array;
  mlp: OffsetMlp;

  constructor(window: Size, heads: number, hidden: number) {
    super();
    this.window = window;
    this.rows = relativeIndices(window);
    this.offsets = logarithmicOffsets(window);
    this.mlp = new OffsetMlp(hidden, heads);
  }

  forward(): tf.Tensor3D {
    const tokens = this.window[0] * this.window[1];
    const offsets = tf.tensor2d(this.offsets, [this.offsets.length / 2, 2]);
    return gatherBias(this.mlp.call(offsets), this.rows, tokens);
  }
}

class OffsetMlp extends Module<[x: tf.Tensor], tf.Tensor> {
  fc1: Linear;
  drop1: Dropout;
  fc2: Linear;

  constructor(hidden: number, heads: number) {
    super();
    this.fc1 = new Linear(2, hidden);
    this.drop1 = new Dropout(DROP_RATE);
    this.fc2 = new Linear(hidden, heads);
  }

  forward(x: tf.Tensor): tf.Tensor {
    const hidden = tf.relu(this.fc1.call(x));
    return this.fc2.call(this.drop1.call(hidden));
  }
}

/** `[rows,heads] -> [heads,N,N]` */
function gatherBias(perRow: tf.Tensor, rows: Int32Array, tokens: number): tf.Tensor3D {
  const bias = tf.gather(perRow, tf.tensor1d(rows, 'int32'));
  return tf.transpose(tf.reshape(bias, [tokens, tokens, perRow.shape[1]!]), [2, 0, 1]);
}

function transposed(indices: Int32Array, window: Size): Int32Array {
  const tokens = window[0] * window[1];
  return indices.map((_, i) => indices[(i % tokens) * tokens + Math.floor(i / tokens)]!);
}

function logarithmicOffsets(window: Size): Float32Array {
  const [rows, columns] = window.map((extent) =>
    Array.from({ length: 2 * extent - 1 }, (_, i) => {
      const offset = i - extent + 1;
      return Math.sign(offset) * Math.log(1 + Math.abs(offset));
    }),
  ) as [number[], number[]];
  return Float32Array.from(rows.flatMap((row) => columns.flatMap((column) => [row, column])));
}
