import { type BatchMixer, type Normalization, normalizeBytes, PodiumError, type Rng } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { type Head, type TargetKind, taskOf } from '../losses/index.ts';
import type { ImageBatch, TrainingBatch } from './batch.ts';

/** A batch on the device. The caller disposes of it. */
export interface BatchTensors {
  /** `[B,H,W,C]` */
  readonly x: tf.Tensor4D;
  readonly targets: Readonly<Record<string, tf.Tensor>>;
  /** `[B]` by head, if samples have different weights or labels are missing. */
  readonly sampleWeights: Readonly<Record<string, tf.Tensor1D | undefined>>;
}

/** A head as targets see it: its name and number of classes. */
export interface LabeledHead {
  readonly name: string;
  readonly classes: number;
}

/** Targets of one head: class indices `[B]`, or numbers `[B,K]`. */
interface HeadTargets {
  readonly kind: TargetKind;
  readonly classes: number;
  readonly values: Int32Array | Float32Array;
  /** Whether each sample has a label; undefined if all have. */
  readonly labeled: readonly boolean[] | undefined;
}

/**
 * Makes tensors of a batch.
 *
 * @param options.rng for the mixer
 * @throws PodiumError `training-batch` naming the head if lengths do not match or a class is out of range
 */
export function toTensors(
  batch: TrainingBatch,
  heads: readonly Head[],
  options: {
    readonly normalization?: Normalization | undefined;
    readonly mixer?: BatchMixer | undefined;
    readonly rng?: Rng;
  } = {},
): BatchTensors {
  assertImages(batch);
  assertIds(batch);
  const size = batch.shape[0];
  let { images } = batch;
  let columns = heads.map((head) => readTargets(batch, head, kindOf(head)));
  if (options.mixer !== undefined && options.rng !== undefined) {
    const widths = heads.map(({ classes }) => classes);
    const targets = joinColumns(columns.map(toRows), widths, size);
    const mixed = options.mixer.apply(
      { pixels: images, shape: batch.shape, targets },
      options.rng,
      batch.epoch,
    );
    images = mixed.pixels;
    columns = splitColumns(mixed.targets, widths, size).map((values, i) => {
      const { kind, classes } = columns[i]!;
      return { kind, classes, values, labeled: labeledRows(values, classes, kind) };
    });
  }
  const x = imagesToTensor({ images, shape: batch.shape }, options.normalization);
  const targets = new Map<string, tf.Tensor>();
  const sampleWeights = new Map<string, tf.Tensor1D | undefined>();
  for (const [i, { name, classes }] of heads.entries()) {
    const { values, labeled } = columns[i]!;
    targets.set(
      name,
      values.length === size && values instanceof Int32Array
        ? tf.tensor1d(values, 'int32')
        : tf.tensor2d(values as Float32Array, [size, classes]),
    );
    sampleWeights.set(name, weightsOf(batch, labeled));
  }
  return { x, targets: Object.fromEntries(targets), sampleWeights: Object.fromEntries(sampleWeights) };
}

/**
 * `[B,H,W,C]`: bytes are normalized, floats are taken as they are.
 *
 * @param key for messages: `unlabeled.images`
 * @throws PodiumError `training-batch` if the values do not fill the shape, or there are none
 */
export function imagesToTensor(
  batch: ImageBatch,
  normalization: Normalization | undefined,
  key?: string,
): tf.Tensor4D {
  assertImages(batch, key);
  const { images, shape } = batch;
  const floats = images instanceof Float32Array ? images : normalizeBytes(images, shape[3], normalization);
  return tf.tensor4d(floats, [...shape]);
}

/**
 * Targets of single-label heads, side by side: `[B, sum of classes]`. Class indices become one-hot, a missing label a row of
 * zeros.
 *
 * @throws PodiumError `training-batch` as {@link toTensors}
 */
export function denseTargets(batch: TrainingBatch, heads: readonly LabeledHead[]): Float32Array {
  const columns = heads.map((head) => toRows(readTargets(batch, head, 'soft')));
  const widths = heads.map(({ classes }) => classes);
  return joinColumns(columns, widths, batch.shape[0]);
}

/** Zeros mean that no label applies where an image has several, are numbers like others, or else that a label is missing. */
function kindOf(head: Head): TargetKind {
  const task = taskOf(head);
  return task === 'regression' ? 'numbers' : task === 'multi-label' ? 'multi-label' : 'soft';
}

function readTargets(batch: TrainingBatch, { name, classes }: LabeledHead, kind: TargetKind): HeadTargets {
  const given = Object.hasOwn(batch.targets, name) ? batch.targets[name] : undefined;
  const size = batch.shape[0];
  if (given === undefined || (given.length !== size && given.length !== size * classes)) {
    throw new PodiumError({
      code: 'training-batch',
      path: { key: `targets.${name}` },
      message: 'targets of a batch',
      expected: `${size} classes, or ${size} x ${classes} numbers`,
      got: given === undefined ? 'none' : `${given.length} numbers`,
      fix: 'give the loader the heads of the loss',
    });
  }
  if (
    given.length === size * classes &&
    (kind === 'multi-label' || kind === 'numbers' || given instanceof Float32Array)
  ) {
    const values = given instanceof Float32Array ? given : Float32Array.from(given);
    return { kind, classes, values, labeled: labeledRows(values, classes, kind) };
  }
  if (kind === 'numbers') {
    throw new PodiumError({
      code: 'training-batch',
      path: { key: `targets.${name}` },
      message: 'targets of a batch',
      expected: `${size} x ${classes} numbers`,
      got: `${given.length} numbers`,
      fix: 'give the loader the heads of the loss',
    });
  }
  const wrong = given.findIndex((label) => !Number.isInteger(label) || label < -1 || label >= classes);
  if (wrong >= 0) {
    throw new PodiumError({
      code: 'training-batch',
      path: { key: `targets.${name}` },
      message: `the class of "${batch.ids[wrong]}"`,
      expected: `0 to ${classes - 1}, or -1 for no label`,
      got: String(given[wrong]),
      fix: `give the head "${name}" as many classes as the labels have`,
    });
  }
  const missing = given.includes(-1);
  // A missing label needs some class; its weight is 0.
  const values = Int32Array.from(given, (label) => Math.max(label, 0));
  return { kind, classes, values, labeled: missing ? Array.from(given, (label) => label >= 0) : undefined };
}

/** Rows that are not all zeros, which means a missing label for distributions over classes; without NaN, for numbers. */
function labeledRows(
  values: ArrayLike<number>,
  classes: number,
  kind: TargetKind,
): readonly boolean[] | undefined {
  if (kind === 'multi-label') return undefined;
  const labeled: boolean[] = [];
  for (let start = 0; start < values.length; start += classes) {
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += values[start + k]!;
    labeled.push(kind === 'numbers' ? !Number.isNaN(sum) : sum > 0);
  }
  return labeled.every((each) => each) ? undefined : labeled;
}

/** `[B,K]`: one-hot for class indices, zeros for a missing label. */
function toRows({ values, classes, labeled }: HeadTargets): Float32Array {
  if (values instanceof Float32Array) return values;
  const rows = new Float32Array(values.length * classes);
  for (const [i, label] of values.entries()) if (labeled?.[i] !== false) rows[i * classes + label] = 1;
  return rows;
}

function joinColumns(
  columns: readonly Float32Array[],
  widths: readonly number[],
  size: number,
): Float32Array {
  if (columns.length === 1) return columns[0]!;
  const sum = widths.reduce((a, b) => a + b, 0);
  const joined = new Float32Array(size * sum);
  for (let i = 0; i < size; i++) {
    let start = i * sum;
    for (const [h, column] of columns.entries()) {
      const width = widths[h]!;
      joined.set(column.subarray(i * width, (i + 1) * width), start);
      start += width;
    }
  }
  return joined;
}

function splitColumns(values: Float32Array, widths: readonly number[], size: number): Float32Array[] {
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

function weightsOf(
  { weights, shape }: TrainingBatch,
  labeled: readonly boolean[] | undefined,
): tf.Tensor1D | undefined {
  const even = weights === undefined || weights.every((weight) => weight === 1);
  if (even && labeled === undefined) return undefined;
  const values = new Float32Array(shape[0]);
  for (let i = 0; i < values.length; i++) values[i] = labeled?.[i] === false ? 0 : (weights?.[i] ?? 1);
  return tf.tensor1d(values);
}

function assertIds(batch: TrainingBatch): void {
  const { shape, ids, images } = batch;
  if (ids.length === shape[0]) return;
  throw wrongImages(`${shape[0]} ids`, `[${shape}], ${images.length} values, ${ids.length} ids`);
}

function assertImages({ images, shape }: ImageBatch, key?: string): void {
  const size = shape.reduce((product, side) => product * side, 1);
  if (shape.length === 4 && shape[0] > 0 && images.length === size) return;
  throw wrongImages('[B,H,W,C] with B > 0, and as many values', `[${shape}], ${images.length} values`, key);
}

function wrongImages(expected: string, got: string, key?: string): PodiumError {
  return new PodiumError({
    code: 'training-batch',
    ...(key !== undefined && { path: { key } }),
    message: 'images of a batch',
    expected,
    got,
  });
}
