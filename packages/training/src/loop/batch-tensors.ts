import { PodiumError, type Rng } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Head } from '../losses/index.ts';
import { losses } from '../losses/index.ts';
import type { MixableBatch, TrainingBatch } from './batch.ts';

/** What a model's input is made of bytes by: `(value / 255 - mean) / std`, one of each a channel. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Changes the images and targets of a batch together: `createBatchMixer` of `@podium/augment`. */
export interface Mixer {
  apply(batch: MixableBatch, rng: Rng, epoch: number): MixableBatch;
}

/** A batch on the device. The caller tidies up. */
export interface BatchTensors {
  /** `[B,H,W,C]` */
  readonly x: tf.Tensor4D;
  readonly targets: Readonly<Record<string, tf.Tensor>>;
  /** `[B]` by head, where samples count differently or labels are missing. */
  readonly sampleWeights: Readonly<Record<string, tf.Tensor1D | undefined>>;
}

/**
 * Makes tensors of a batch.
 *
 * @throws PodiumError `training-batch` naming the head where lengths do not fit, or a class is out of range
 */
export function toTensors(
  batch: TrainingBatch,
  heads: readonly Head[],
  options: {
    readonly normalization?: Normalization | undefined;
    readonly mixer?: Mixer | undefined;
    readonly rng?: Rng;
  } = {},
): BatchTensors {
  checkImages(batch);
  const size = batch.shape[0];
  let pixels = batch.images;
  let columns = heads.map((head) => readTargets(batch, head));
  if (options.mixer !== undefined && options.rng !== undefined) {
    const widths = heads.map(({ classes }) => classes);
    const targets = join(columns.map(dense), widths, size);
    const mixed = options.mixer.apply({ pixels, shape: batch.shape, targets }, options.rng, batch.epoch);
    pixels = mixed.pixels;
    columns = split(mixed.targets, widths, size).map((values, i) => {
      const { kind, classes } = columns[i]!;
      return {
        kind,
        classes,
        values,
        there: kind === 'multi-label' ? undefined : rowsThere(values, classes),
      };
    });
  }
  const floats = pixels instanceof Float32Array ? pixels : normalize(pixels, batch, options.normalization);
  const targets: Record<string, tf.Tensor> = {};
  const sampleWeights: Record<string, tf.Tensor1D | undefined> = {};
  for (const [i, { name, classes }] of heads.entries()) {
    const { values, there } = columns[i]!;
    targets[name] =
      values.length === size && values instanceof Int32Array
        ? tf.tensor1d(values, 'int32')
        : tf.tensor2d(values as Float32Array, [size, classes]);
    sampleWeights[name] = weightsOf(batch, there);
  }
  return { x: tf.tensor4d(floats, [...batch.shape]), targets, sampleWeights };
}

interface Column {
  readonly kind: 'class' | 'soft' | 'multi-label';
  readonly classes: number;
  readonly values: Int32Array | Float32Array;
  /** Whether each sample has a label, where not all have. */
  readonly there: boolean[] | undefined;
}

function readTargets(batch: TrainingBatch, { name, classes, loss }: Head): Column {
  const given = Object.hasOwn(batch.targets, name) ? batch.targets[name] : undefined;
  const size = batch.shape[0];
  const first = [loss].flat()[0] as { name: string };
  const kind = losses.get(first.name).targets;
  if (given === undefined || (given.length !== size && given.length !== size * classes)) {
    throw new PodiumError({
      code: 'training-batch',
      path: { key: `targets.${name}` },
      message: 'targets of a batch',
      expected: `${size} classes, or ${size} x ${classes} numbers`,
      got: given === undefined ? 'none' : `${given.length} numbers`,
      fix: 'give the loader the heads that the loss has',
    });
  }
  if (given.length === size * classes && (kind === 'multi-label' || given instanceof Float32Array)) {
    const values = given instanceof Float32Array ? given : Float32Array.from(given);
    return {
      kind,
      classes,
      values,
      there: kind === 'multi-label' ? undefined : rowsThere(values, classes),
    };
  }
  const wrong = given.findIndex((label) => !Number.isInteger(label) || label < -1 || label >= classes);
  if (wrong >= 0) {
    throw new PodiumError({
      code: 'training-batch',
      path: { key: `targets.${name}` },
      message: `the class of "${batch.ids[wrong]}"`,
      expected: `0 to ${classes - 1}, or -1 for no label`,
      got: String(given[wrong]),
      fix: `the head "${name}" must have as many classes as the labels`,
    });
  }
  const missing = given.includes(-1);
  // A missing label needs some class; its weight is 0.
  const values = Int32Array.from(given, (label) => Math.max(label, 0));
  return { kind, classes, values, there: missing ? Array.from(given, (label) => label >= 0) : undefined };
}

function rowsThere(values: ArrayLike<number>, classes: number): boolean[] | undefined {
  const there: boolean[] = [];
  for (let at = 0; at < values.length; at += classes) {
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += values[at + k]!;
    there.push(sum > 0);
  }
  return there.every((each) => each) ? undefined : there;
}

/** One-hot where they are classes; zeros where there is no label. */
function dense({ values, classes, there }: Column): Float32Array {
  if (values instanceof Float32Array) return values;
  const rows = new Float32Array(values.length * classes);
  for (const [i, label] of values.entries()) if (there?.[i] !== false) rows[i * classes + label] = 1;
  return rows;
}

function join(columns: readonly Float32Array[], widths: readonly number[], size: number): Float32Array {
  if (columns.length === 1) return columns[0]!;
  const sum = widths.reduce((a, b) => a + b, 0);
  const joined = new Float32Array(size * sum);
  for (let i = 0; i < size; i++) {
    let at = i * sum;
    for (const [h, column] of columns.entries()) {
      const width = widths[h]!;
      joined.set(column.subarray(i * width, (i + 1) * width), at);
      at += width;
    }
  }
  return joined;
}

function split(values: Float32Array, widths: readonly number[], size: number): Float32Array[] {
  const sum = widths.reduce((a, b) => a + b, 0);
  let start = 0;
  return widths.map((width) => {
    const column = new Float32Array(size * width);
    for (let i = 0; i < size; i++) {
      column.set(values.subarray(i * sum + start, i * sum + start + width), i * width);
    }
    start += width;
    return column;
  });
}

function weightsOf(batch: TrainingBatch, there: readonly boolean[] | undefined): tf.Tensor1D | undefined {
  const { weights } = batch;
  const even = weights === undefined || weights.every((weight) => weight === 1);
  if (even && there === undefined) return undefined;
  const size = batch.shape[0];
  return tf.tensor1d(
    Float32Array.from({ length: size }, (_, i) => (there?.[i] === false ? 0 : (weights?.[i] ?? 1))),
  );
}

function normalize(
  bytes: Uint8Array,
  { shape }: TrainingBatch,
  { mean, std }: Normalization = { mean: [0], std: [1] },
): Float32Array {
  const channels = shape[3];
  const table = new Float32Array(256 * channels);
  for (let c = 0; c < channels; c++) {
    const [m, s] = [mean[c % mean.length]!, std[c % std.length]!];
    for (let value = 0; value < 256; value++) table[value * channels + c] = (value / 255 - m) / s;
  }
  const floats = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i += channels) {
    for (let c = 0; c < channels; c++) {
      floats[i + c] = table[bytes[i + c]! * channels + c]!;
    }
  }
  return floats;
}

function checkImages({ images, shape, ids }: TrainingBatch): void {
  const size = shape.reduce((product, side) => product * side, 1);
  if (shape.length === 4 && shape[0] > 0 && images.length === size && ids.length === shape[0]) return;
  throw new PodiumError({
    code: 'training-batch',
    message: 'images of a batch',
    expected: `[B,H,W,C] with B > 0, as many values, and ${shape[0]} ids`,
    got: `[${shape}], ${images.length} values, ${ids.length} ids`,
  });
}
