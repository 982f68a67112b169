import { type Normalization, normalizeBytes, PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';

/** `[B,H,W,C]`: bytes 0..255, or floats that are normalized already. */
export type Pixels = Uint8Array | Float32Array;
export type BatchShape = readonly [batch: number, height: number, width: number, channels: number];

/** What one step learns from. Arrays are used before the next batch is asked for. */
export interface SemiSupervisedBatch {
  readonly labeled: {
    readonly images: Pixels;
    readonly shape: BatchShape;
    /**
     * Classes `[B]`, or distributions over classes `[B,K]`. With several heads: classes `[B, heads]`, -1 where a head has
     * no label, or their distributions one after the other.
     */
    readonly targets: Int32Array | Float32Array;
  };
  /** May be left out for the method `supervised` only. */
  readonly unlabeled?: {
    readonly shape: BatchShape;
    /** Weakly augmented: what pseudo labels are made from. */
    readonly weak: Pixels;
    /** The same images, strongly augmented (or once more weakly): what is trained on. */
    readonly strong?: Pixels;
    /** `[B]`: where each image stands in the unlabeled set, from 0; FlexMatch counts by it. */
    readonly rows?: Int32Array;
  };
}

/** How many views of an unlabeled image a method needs. */
export type Views = 'none' | 'weak' | 'weak and strong';

/** A batch on the device. The caller tidies up. */
export interface BatchTensors {
  readonly labeled: {
    readonly x: tf.Tensor4D;
    /** `[B,K]`: one-hot or soft. */
    readonly targets: tf.Tensor2D;
  };
  readonly unlabeled: {
    readonly weak: tf.Tensor4D;
    /** `weak` where there is none. */
    readonly strong: tf.Tensor4D;
    readonly rows: Int32Array | undefined;
  };
}

/**
 * Makes tensors of a batch.
 *
 * @throws PodiumError `online-batch` saying what does not fit; `online-no-unlabeled` where a method that needs
 *   unlabeled images gets none
 */
export function toTensors(
  batch: SemiSupervisedBatch,
  options: {
    /** Classes of each head. */
    readonly widths: readonly number[];
    readonly views: Views;
    readonly method: string;
    readonly normalization?: Normalization | undefined;
  },
): BatchTensors {
  const { widths, views, method, normalization } = options;
  const { labeled, unlabeled } = batch;
  const x = imagesToTensor('labeled.images', labeled.images, labeled.shape, normalization);
  const targets = targetsToTensor(labeled.targets, labeled.shape[0], widths);
  if (views === 'none') {
    // Whatever is there is not looked at.
    return { labeled: { x, targets }, unlabeled: { weak: x, strong: x, rows: undefined } };
  }
  if (unlabeled === undefined || unlabeled.shape[0] === 0) {
    throw new PodiumError({
      code: 'online-no-unlabeled',
      message: `${method} learns from unlabeled images, and the batch has none`,
      fix: 'give images without labels, or train with the method "supervised"',
    });
  }
  const { shape, rows } = unlabeled;
  if (String(shape.slice(1)) !== String(labeled.shape.slice(1))) {
    throw wrong(
      'unlabeled.shape',
      `[B,${labeled.shape.slice(1)}], as the labeled images`,
      `[${shape}]`,
      'resize both to the same size',
    );
  }
  if (views === 'weak and strong' && unlabeled.strong === undefined) {
    throw wrong(
      'unlabeled.strong',
      'a second view of each image',
      'none',
      `${method} compares two views of an image: give one that is augmented otherwise`,
    );
  }
  if (rows !== undefined && rows.length !== shape[0]) {
    throw wrong('unlabeled.rows', `${shape[0]} numbers`, `${rows.length}`);
  }
  const weak = imagesToTensor('unlabeled.weak', unlabeled.weak, shape, normalization);
  const strong =
    unlabeled.strong === undefined
      ? weak
      : imagesToTensor('unlabeled.strong', unlabeled.strong, shape, normalization);
  return { labeled: { x, targets }, unlabeled: { weak, strong, rows } };
}

/** `[B,H,W,C]`. @throws PodiumError `online-batch` where the values do not fill the shape, or there are none */
export function imagesToTensor(
  key: string,
  pixels: Pixels,
  shape: BatchShape,
  normalization: Normalization | undefined,
): tf.Tensor4D {
  const size = shape.reduce((product, side) => product * side, 1);
  if (shape.length !== 4 || size === 0 || pixels.length !== size) {
    throw wrong(key, '[B,H,W,C] with B > 0, and as many values', `[${shape}], ${pixels.length} values`);
  }
  const floats = pixels instanceof Float32Array ? pixels : normalizeBytes(pixels, shape[3], normalization);
  return tf.tensor4d(floats, [...shape]);
}

function targetsToTensor(
  targets: Int32Array | Float32Array,
  size: number,
  widths: readonly number[],
): tf.Tensor2D {
  const classes = widths.reduce((sum, width) => sum + width, 0);
  const heads = widths.length;
  if (targets instanceof Float32Array && targets.length === size * classes) {
    return tf.tensor2d(targets, [size, classes]);
  }
  if (targets.length !== size * heads) {
    throw wrong(
      'labeled.targets',
      `${size}${heads === 1 ? '' : ` x ${heads}`} classes, or ${size} x ${classes} numbers`,
      `${targets.length} numbers`,
    );
  }
  const rows = new Float32Array(size * classes);
  const least = heads === 1 ? 0 : -1;
  for (const [i, label] of targets.entries()) {
    const head = i % heads;
    const width = widths[head]!;
    if (!Number.isInteger(label) || label < least || label >= width) {
      throw wrong(
        `labeled.targets.${i}`,
        `a class from 0 to ${width - 1}`,
        String(label),
        'leave images without any label to the unlabeled part of the batch',
      );
    }
    const start = widths.slice(0, head).reduce((sum, each) => sum + each, 0);
    if (label >= 0) rows[Math.floor(i / heads) * classes + start + label] = 1;
  }
  return tf.tensor2d(rows, [size, classes]);
}

function wrong(key: string, expected: string, got: string, fix?: string): PodiumError {
  return new PodiumError({
    code: 'online-batch',
    path: { key },
    message: 'a batch',
    expected,
    got,
    fix,
  });
}
