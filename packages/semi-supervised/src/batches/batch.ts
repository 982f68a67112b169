import type { BatchPosition, ImageBatch, TrainingBatch } from '@podium/training';

/** Unlabeled images in one or more views: what `@podium/dataset`'s loader yields with `views`. */
export interface ViewBatch extends ImageBatch, BatchPosition {
  /** V. The images are `[V*B,H,W,C]`: all of the first view, then all of the second. */
  readonly views: number;
  /** `[B]`: position of each image in the unlabeled set, from 0. FlexMatch counts by it. */
  readonly indices?: Uint32Array | undefined;
}

/** Labeled and unlabeled images of one step. */
export interface SemiSupervisedBatch extends BatchPosition {
  readonly labeled: TrainingBatch;
  /**
   * The first view is weakly augmented: pseudo labels are made from it. The second one is strongly augmented: it is trained
   * on. Only the method `supervised` needs none.
   */
  readonly unlabeled?: ViewBatch | undefined;
}

/** A batch of V views as V batches of one view, of the same memory. */
export function splitViews({
  images,
  shape,
  views,
}: Pick<ViewBatch, 'images' | 'shape' | 'views'>): ImageBatch[] {
  const length = images.length / views;
  const [count, ...size] = shape;
  return Array.from({ length: views }, (_, view) => ({
    images: images.subarray(view * length, (view + 1) * length),
    shape: [count / views, ...size] as const,
  }));
}
