import { fillByName, namedValues } from '@podium/core';
import { type BuildOptions, buildModel, type ImageModel } from '@podium/model-zoo';
import { Buffer, Parameter } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type OnnxOptions, onnxModel } from '../src/onnx-model.ts';

/** A model whose weights are made from their names, as in the parity references. */
export function namedModel(name: string, options: BuildOptions = {}): ImageModel {
  const model = buildModel(name, options).eval();
  fillModel(model);
  return model;
}

/** Gives every parameter and buffer the values that belong to its name. */
export function fillModel(model: ImageModel): void {
  for (const [path, entry] of model.namedEntries()) {
    if (!(entry instanceof Parameter) && !(entry instanceof Buffer)) continue;
    const { shape } = entry;
    entry.fromState({ dtype: 'float32', shape, data: fillByName(path, shape) });
  }
}

/** What {@link compare} found. */
export interface Compared {
  /** Largest difference between the logits, as a share of the largest logit. */
  readonly deviation: number;
  readonly nodes: number;
  readonly bytes: number;
  readonly milliseconds: { readonly engine: number; readonly runtime: number };
}

/** Compares the logits of a model and of its ONNX file for batches of several sizes. */
export async function compare(
  model: ImageModel,
  options: OnnxOptions & { readonly imageSize: readonly [number, number] },
  batches: readonly number[] = [1, 3],
): Promise<Compared> {
  const { imageSize, channels = 3 } = options;
  const { bytes, nodes, inputs, outputs } = onnxModel(model, options);
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1 });
  let deviation = 0;
  let milliseconds = { engine: 0, runtime: 0 };
  try {
    for (const batch of batches) {
      const shape = [batch, channels, ...imageSize] as [number, number, number, number];
      const values = Float32Array.from(
        namedValues(
          'input',
          shape.reduce((size, extent) => size * extent),
        ),
      );
      const start = performance.now();
      const expected = tf.tidy(() => {
        const images = tf.transpose(tf.tensor4d(values, shape), [0, 2, 3, 1]) as tf.Tensor4D;
        return model.call(images).dataSync();
      });
      const middle = performance.now();
      const results = await session.run({ [inputs[0]!.name]: new Tensor('float32', values, shape) });
      const result = results[outputs[0]!.name]!;
      milliseconds = { engine: middle - start, runtime: performance.now() - middle };
      deviation = Math.max(deviation, worst(result.data as Float32Array, expected as Float32Array));
    }
  } finally {
    await session.release();
  }
  return { deviation, nodes, bytes: bytes.length, milliseconds };
}

/** Largest difference, as a share of the largest expected value. Infinite if a value is missing or not a number. */
export function worst(values: Float32Array, expected: Float32Array): number {
  if (values.length !== expected.length) return Number.POSITIVE_INFINITY;
  let scale = 0;
  let largest = 0;
  for (const [i, value] of expected.entries()) {
    scale = Math.max(scale, Math.abs(value));
    const difference = Math.abs(value - values[i]!);
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  return scale === 0 ? Number.POSITIVE_INFINITY : largest / scale;
}
