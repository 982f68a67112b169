import { averagePool2d, matMul } from '@podium/engine';
import {
  float32Of,
  init,
  Module,
  Parameter,
  type StateDict,
  type StateTensor,
  stateShapes,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { ImageModel } from '../../image-model.ts';
import { linearWeights, resampleGrid } from '../../resample-grid.ts';

export type GridSize = readonly [rows: number, columns: number];

/** Attention whose scores have a learned bias per distance along each axis (LeViT: Graham et al. 2021, arXiv 2104.01136). */
export abstract class DistanceAttention<In extends unknown[], Out> extends Module<In, Out> {
  readonly heads: number;
  /** Rows and columns of the keys. */
  readonly grid: GridSize;
  readonly stride: number;
  /** `[heads,h w]` */
  attention_biases: Parameter;

  /** @param stride between the positions of queries, which are those of keys otherwise */
  constructor(heads: number, grid: GridSize, stride = 1) {
    super();
    this.heads = heads;
    this.grid = grid;
    this.stride = stride;
    this.attention_biases = new Parameter([heads, grid[0] * grid[1]], init.zeros);
  }

  /** `[heads,Nq,N]` */
  protected biases(): tf.Tensor3D {
    const keys = this.grid[0] * this.grid[1];
    const indices = distanceIndices(this.grid, this.stride);
    const chosen = tf.gather(this.attention_biases.data, tf.tensor1d(indices, 'int32'), 1);
    return tf.reshape(chosen, [this.heads, indices.length / keys, keys]);
  }

  /**
   * `softmax(scale q k^T + biases) v`.
   *
   * @param q `[B,heads,Nq,d]`
   * @param k `[B,heads,N,d]`
   * @param v `[B,heads,N,e]`
   * @returns `[B,Nq,heads*e]`
   */
  protected attend(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor): tf.Tensor3D {
    const [batch = 1, heads = 1, queries = 1, features = 1] = q.shape;
    const scores = matMul(tf.mul(q, features ** -0.5), k, { transposeB: true });
    const mixed = matMul(tf.softmax(tf.add(scores, this.biases())), v);
    return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch, queries, heads * v.shape[3]!]);
  }

  override extraRepr(): string {
    return `heads=${this.heads}, grid=${this.grid.join('x')}`;
  }
}

/** `[B,H,W,heads*d]` or `[B,N,heads*d]` to `[B,heads,N,d]`. */
export function splitHeads(x: tf.Tensor, heads: number): tf.Tensor4D {
  const [batch = 1, channels = 1] = [x.shape[0], x.shape.at(-1)];
  const parts = tf.reshape(x, [batch, x.size / (batch * channels), heads, channels / heads]);
  return tf.transpose(parts, [0, 2, 1, 3]) as tf.Tensor4D;
}

/** Every other row and column, `[B,H,W,C] -> [B,H/2,W/2,C]`, rounded up. */
export function everyOther(x: tf.Tensor4D): tf.Tensor4D {
  return averagePool2d(x, { kernelSize: 1, stride: 2 });
}

/** `[Nq,N]`: rows between a query and a key, times the number of columns, plus columns between them. */
export function distanceIndices([rows, columns]: GridSize, stride = 1): Int32Array {
  const indices: number[] = [];
  for (let fromRow = 0; fromRow < rows; fromRow += stride)
    for (let fromColumn = 0; fromColumn < columns; fromColumn += stride)
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++)
          indices.push(Math.abs(fromRow - row) * columns + Math.abs(fromColumn - column));
  return Int32Array.from(indices);
}

/**
 * Resizes the biases `[heads,h w]` of a checkpoint for images of another size: the distances are stretched to the new grid, and
 * values between them interpolated linearly. timm only loads checkpoints of the same size. A table is taken for one of a square
 * grid if it can be.
 */
export function resizeDistanceBiases(state: StateDict, model: ImageModel): StateDict {
  const wanted = stateShapes(model);
  return new Map(
    Array.from(state, ([key, tensor]) => {
      const path = key.slice(0, -'.attention_biases'.length);
      const size = wanted.get(key)?.[1];
      if (!key.endsWith('.attention_biases') || size === undefined || size === tensor.shape[1])
        return [key, tensor];
      const { grid } = model.getSubmodule(path) as unknown as { readonly grid: GridSize };
      return [key, resized(tensor, grid)];
    }),
  );
}

function resized(tensor: StateTensor, grid: GridSize): StateTensor {
  const [heads = 1, count = 1] = tensor.shape;
  const side = Math.sqrt(count);
  if (!Number.isInteger(side)) return tensor;
  const values = float32Of(tensor);
  const weights = grid.map((extent) => {
    const known = Array.from({ length: side }, (_, i) => i);
    const step = extent > 1 ? (side - 1) / (extent - 1) : 0;
    return linearWeights(
      known,
      Array.from({ length: extent }, (_, i) => i * step),
    );
  });
  const size = grid[0] * grid[1];
  const data = new Float32Array(heads * size);
  for (let head = 0; head < heads; head++) {
    const from = {
      rows: side,
      columns: side,
      channels: 1,
      values: values.subarray(head * count, (head + 1) * count),
    };
    data.set(resampleGrid(from, weights[0]!, weights[1]!).values, head * size);
  }
  return { dtype: 'float32', shape: [heads, size], data };
}
