import { type Normalization, PodiumError } from '@podium/core';
import { denseTargets, imagesToTensor, type LabeledHead } from '@podium/training';
import * as tf from '@tensorflow/tfjs-core';
import { type SemiSupervisedBatch, splitViews, type ViewBatch } from './batch.ts';

/** Which views of an unlabeled image a method needs. */
export type Views = 'none' | 'weak' | 'weak and strong';

/** A batch on the device. The caller disposes of it. */
export interface BatchTensors {
  readonly labeled: {
    /** `[B,H,W,C]` */
    readonly x: tf.Tensor4D;
    /** `[B,K]`: one-hot or soft, heads side by side; zeros for a missing label. */
    readonly targets: tf.Tensor2D;
  };
  readonly unlabeled: {
    readonly weak: tf.Tensor4D;
    /** `weak` if the batch has one view only. */
    readonly strong: tf.Tensor4D;
    readonly indices: Uint32Array | undefined;
  };
}

/**
 * Makes tensors of a batch.
 *
 * @throws PodiumError `online-batch` or `training-batch` naming what does not fit; `online-no-unlabeled` if a method lacks
 *   unlabeled images
 */
export function toTensors(
  { labeled, unlabeled }: SemiSupervisedBatch,
  options: {
    readonly heads: readonly LabeledHead[];
    readonly views: Views;
    readonly method: string;
    readonly normalization?: Normalization | undefined;
  },
): BatchTensors {
  const { heads, views, method, normalization } = options;
  const x = imagesToTensor(labeled, normalization, 'labeled.images');
  const rows = denseTargets(labeled, heads);
  if (heads.length === 1) assertLabels(labeled.ids, rows, heads[0]!);
  const targets = tf.tensor2d(rows, [labeled.shape[0], rows.length / labeled.shape[0]]);
  if (views === 'none') {
    return { labeled: { x, targets }, unlabeled: { weak: x, strong: x, indices: undefined } };
  }
  assertUnlabeled(unlabeled, method);
  const [weak, strong] = splitViews(unlabeled);
  const { shape, indices } = unlabeled;
  if (String(shape.slice(1)) !== String(labeled.shape.slice(1))) {
    const expected = `[B,${labeled.shape.slice(1)}], like the labeled images`;
    throw wrong('unlabeled.shape', expected, `[${shape}]`, 'resize both to the same size');
  }
  if (views === 'weak and strong' && strong === undefined) {
    const fix = `${method} compares two views of an image: give the loader two`;
    throw wrong('unlabeled.views', 'a weak and a strong view of each image', 'one', fix);
  }
  const count = weak!.shape[0];
  if (indices !== undefined && indices.length !== count) {
    throw wrong('unlabeled.indices', `${count} numbers`, `${indices.length}`);
  }
  const first = imagesToTensor(weak!, normalization, 'unlabeled.images');
  const second = strong === undefined ? first : imagesToTensor(strong, normalization, 'unlabeled.images');
  return { labeled: { x, targets }, unlabeled: { weak: first, strong: second, indices } };
}

function assertUnlabeled(unlabeled: ViewBatch | undefined, method: string): asserts unlabeled is ViewBatch {
  if (unlabeled !== undefined && unlabeled.shape[0] > 0) {
    const { images, shape, views } = unlabeled;
    if (Number.isInteger(views) && views >= 1 && shape[0] % views === 0 && images.length % views === 0)
      return;
    throw wrong('unlabeled.views', 'as many images of each view', `${shape[0]} images, ${views} views`);
  }
  throw new PodiumError({
    code: 'online-no-unlabeled',
    message: `${method} learns from unlabeled images, but the batch has none`,
    fix: 'give images without labels, or train with the method "supervised"',
  });
}

/** With one head, an image without a label belongs to the unlabeled set. */
function assertLabels(ids: readonly string[], rows: Float32Array, { name, classes }: LabeledHead): void {
  for (let i = 0; i * classes < rows.length; i++) {
    if (rows.subarray(i * classes, (i + 1) * classes).some((value) => value > 0)) continue;
    throw wrong(
      `labeled.targets.${name}`,
      `a class from 0 to ${classes - 1}`,
      `no label for "${ids[i]}"`,
      'put images without a label into the unlabeled set',
    );
  }
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
