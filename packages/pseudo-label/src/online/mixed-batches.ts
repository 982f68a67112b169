import { type Image, PodiumError, Rng } from '@podium/core';
import type { Pixels, SemiSupervisedBatch } from './batch.ts';

/** Images in memory, all of one size: `[N,H,W,C]` bytes. */
export interface ImageSet {
  readonly images: Uint8Array;
  readonly shape: readonly [count: number, height: number, width: number, channels: number];
}

/** Makes a view of an image: `apply` of a pipeline of `@podium/augment`, of the same size as the image. */
export type View = (image: Image, rng: Rng) => Image;

export interface MixedBatchesSettings {
  /** With a class for each image; or a row of classes, one of each head, -1 for none. */
  readonly labeled: ImageSet & { readonly targets: Int32Array };
  readonly unlabeled: ImageSet;
  /** Labeled images in a batch; as many as there are, if these are fewer. */
  readonly batchSize: number;
  /** Unlabeled images for each labeled one: `ratio` of the method. */
  readonly ratio: number;
  readonly seed: string | number;
  /** Of labeled images and of the weak view. Default: the image as it is. */
  readonly weak?: View;
  /** Without it there is no strong view. */
  readonly strong?: View;
}

/**
 * Batches of images in memory for `trainSemiSupervised`, without end. Both sets are gone through in an order of their
 * own, a new one each time; an image's views depend on the seed, the image and the step alone, so a run may start at
 * any step.
 *
 * @throws PodiumError `online-no-unlabeled`, `online-no-labeled`, `online-one-class`, `online-images`
 */
export function mixedBatches(
  settings: MixedBatchesSettings,
): (from: number) => Generator<SemiSupervisedBatch> {
  const { labeled, unlabeled, batchSize, ratio, seed, weak, strong } = settings;
  check(settings);
  const rng = Rng.fromSeed(seed);
  const size = Math.min(batchSize, labeled.shape[0]);
  const heads = labeled.targets.length / labeled.shape[0];
  return function* batches(from) {
    const nextLabeled = order(rng.split('labeled'), labeled.shape[0]);
    const nextUnlabeled = order(rng.split('unlabeled'), unlabeled.shape[0]);
    for (let step = from; ; step++) {
      const own = Int32Array.from({ length: size }, (_, i) => nextLabeled(step * size + i));
      const targets = new Int32Array(size * heads);
      for (const [i, row] of own.entries()) {
        targets.set(labeled.targets.subarray(row * heads, (row + 1) * heads), i * heads);
      }
      const [, height, width, channels] = labeled.shape;
      const count = Math.round(size * ratio);
      const viewRng = rng.split('view', step);
      const first = {
        images: gather(labeled, own, weak, viewRng.split('labeled')),
        shape: [size, height, width, channels] as const,
        targets,
      };
      if (count === 0) {
        yield { labeled: first };
        continue;
      }
      const rows = Int32Array.from({ length: count }, (_, i) => nextUnlabeled(step * count + i));
      yield {
        labeled: first,
        unlabeled: {
          shape: [count, height, width, channels],
          weak: gather(unlabeled, rows, weak, viewRng.split('weak')),
          ...(strong === undefined
            ? {}
            : { strong: gather(unlabeled, rows, strong, viewRng.split('strong')) }),
          rows,
        },
      };
    }
  };
}

/** The row that comes at a place, where each `total` places hold all rows in another order. */
function order(rng: Rng, total: number): (place: number) => number {
  let round = -1;
  let rows = new Uint32Array();
  return (place) => {
    const wanted = Math.floor(place / total);
    if (wanted !== round) rows = rng.split(wanted).permutation(total) as Uint32Array<ArrayBuffer>;
    round = wanted;
    return rows[place - round * total]!;
  };
}

function gather({ images, shape }: ImageSet, rows: Int32Array, view: View | undefined, rng: Rng): Pixels {
  const [, height, width, channels] = shape;
  const size = height * width * channels;
  const result = new Uint8Array(rows.length * size);
  for (const [i, row] of rows.entries()) {
    const data = images.subarray(row * size, (row + 1) * size);
    const seen = view?.({ width, height, channels, data }, rng.split(i)).data ?? data;
    if (seen.length !== size) {
      throw new PodiumError({
        code: 'online-images',
        message: 'a view of an image',
        expected: `${height} x ${width} x ${channels}, as the image`,
        got: `${seen.length} values`,
        fix: 'crop and resize images to the size of the model beforehand, or let the view end with that size',
      });
    }
    result.set(seen, i * size);
  }
  return result;
}

function check({ labeled, unlabeled, batchSize, ratio }: MixedBatchesSettings): void {
  const sides = (set: ImageSet) => set.shape.slice(1);
  for (const [key, set] of Object.entries({ labeled, unlabeled })) {
    const size = set.shape.reduce((product, side) => product * side, 1);
    if (set.shape.length !== 4 || set.images.length !== size) {
      throw problem('online-images', key, `as many bytes as [${set.shape}] says`, `${set.images.length}`);
    }
  }
  const heads = labeled.targets.length / labeled.shape[0];
  if (!(heads >= 1 && Number.isInteger(heads))) {
    throw problem(
      'online-no-labeled',
      'labeled',
      'images with a class each',
      `${labeled.shape[0]} images, ${labeled.targets.length} classes`,
    );
  }
  for (let head = 0; head < heads; head++) {
    const found = new Set(labeled.targets.filter((label, i) => i % heads === head && label >= 0));
    if (found.size >= 2) continue;
    throw problem(
      'online-one-class',
      heads === 1 ? 'labeled.targets' : `labeled.targets, head ${head}`,
      'at least two classes',
      found.size === 1 ? 'one' : 'none',
      'every pseudo label would be right and nothing learnt: label images of the other classes',
    );
  }
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw problem('online-setting', 'batchSize', 'a whole number above 0', String(batchSize));
  }
  if (!(ratio >= 0 && Number.isFinite(ratio))) {
    throw problem('online-setting', 'ratio', 'a number of at least 0', String(ratio));
  }
  if (ratio > 0 && unlabeled.shape[0] === 0) {
    throw problem(
      'online-no-unlabeled',
      'unlabeled',
      'images without labels',
      'none',
      'give some, or train with the method "supervised" and ratio 0',
    );
  }
  if (ratio > 0 && String(sides(labeled)) !== String(sides(unlabeled))) {
    throw problem('online-images', 'unlabeled', `[N,${sides(labeled)}]`, `[${unlabeled.shape}]`);
  }
}

function problem(code: string, key: string, expected: string, got: string, fix?: string): PodiumError {
  return new PodiumError({ code, path: { key }, expected, got, fix });
}
