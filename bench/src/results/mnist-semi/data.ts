import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Rng } from '@podium/core';
import { readDataset } from '@podium/dataset';
import type { ImageSet } from '@podium/pseudo-label/online';

/** Images in memory, with their classes. */
export type Digits = ImageSet & { readonly targets: Int32Array };

export const CLASSES = 10;

/** MNIST's training and test images. */
export async function readDigits(folder: string): Promise<{ readonly train: Digits; readonly test: Digits }> {
  const set = await readDataset(folder);
  const files = new Map<string, Buffer>();
  const gather = async (rows: typeof set.train): Promise<Digits> => {
    const size = 28 * 28;
    const images = new Uint8Array(rows.length * size);
    const targets = new Int32Array(rows.length);
    for (const [i, { image, labels }] of rows.entries()) {
      if (image.kind !== 'raw') throw new Error('not the idx files of MNIST');
      const bytes = files.get(image.path) ?? (await readFile(join(set.root, image.path)));
      files.set(image.path, bytes);
      images.set(bytes.subarray(image.offset, image.offset + size), i * size);
      targets[i] = Number(labels.label);
    }
    return { images, shape: [rows.length, 28, 28, 1], targets };
  };
  return { train: await gather(set.train), test: await gather(set.test) };
}

/** The same number of labeled images per class, drawn with the seed; all others are unlabeled. */
export function splitLabels(
  train: Digits,
  labels: number,
  seed: number,
): { readonly labeled: Digits; readonly unlabeled: ImageSet } {
  if (labels % CLASSES !== 0) throw new Error(`--labels: expected multiples of ${CLASSES}, got ${labels}`);
  const order = Rng.fromSeed(seed).split('split').permutation(train.shape[0]);
  const remaining = new Map(Array.from({ length: CLASSES }, (_, k) => [k, labels / CLASSES]));
  const [labeled, unlabeled]: [number[], number[]] = [[], []];
  for (const row of order) {
    const label = train.targets[row]!;
    const missing = remaining.get(label)!;
    if (missing > 0) remaining.set(label, missing - 1);
    (missing > 0 ? labeled : unlabeled).push(row);
  }
  return { labeled: pick(train, labeled), unlabeled: pick(train, unlabeled) };
}

function pick({ images, shape, targets }: Digits, rows: readonly number[]): Digits {
  const size = 28 * 28;
  const chosen = new Uint8Array(rows.length * size);
  for (const [i, row] of rows.entries()) chosen.set(images.subarray(row * size, (row + 1) * size), i * size);
  return {
    images: chosen,
    shape: [rows.length, shape[1], shape[2], shape[3]],
    targets: Int32Array.from(rows, (row) => targets[row]!),
  };
}
