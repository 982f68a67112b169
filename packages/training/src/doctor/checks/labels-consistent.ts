import { hashValue } from '@podium/core';
import type { TrainingBatch } from '../../batches/index.ts';
import { type DoctorCheck, ok, problem, skipped, warning } from '../check.ts';
import { formatList } from '../format.ts';
import { collectBatches } from '../sample-batches.ts';

const MAX_IMAGES = 64;
const MAX_BATCHES = 40;
const GRID = 4;

/** An id must keep its label, and look like the same image, however it is shuffled and augmented. */
export const labelsConsistent: DoctorCheck = {
  name: 'labels-consistent',
  title: 'shuffling and augmentation keep labels with their images',
  // Of two passes.
  batches: 2 * MAX_BATCHES,
  async run({ batches }) {
    const [first, second] = [await collect(batches(0)), await collect(batches(1))];
    const shared = [...first.keys()].filter((id) => second.has(id));
    if (shared.length < 2) return skipped('two passes over the data have fewer than two images in common');
    const changed = shared.filter((id) => first.get(id)?.label !== second.get(id)?.label);
    if (changed.length > 0) {
      return problem(
        `${changed.length} of ${shared.length} ids have another label in a second pass: ${formatList(changed)}`,
        'shuffle images and labels in the same order',
      );
    }
    const sample = shared.slice(0, MAX_IMAGES);
    const recognized = sample.filter((id) => {
      const { thumbnail } = first.get(id)!;
      let nearest = id;
      let highest = Number.NEGATIVE_INFINITY;
      for (const other of sample) {
        const similarity = correlation(thumbnail, second.get(other)!.thumbnail);
        if (similarity > highest) [nearest, highest] = [other, similarity];
      }
      return nearest === id;
    }).length;
    const evidence = `${shared.length} ids keep their labels in a second pass; ${recognized} of ${sample.length} images are most similar to themselves`;
    // One would be by chance.
    if (sample.length >= 8 && recognized < Math.max(3, 0.1 * sample.length)) {
      return warning(
        evidence,
        'look at a contact sheet: augmentation is too strong, or images get wrong ids',
      );
    }
    return ok(evidence);
  },
};

async function collect(
  batches: AsyncIterable<TrainingBatch>,
): Promise<Map<string, { label: string; thumbnail: number[] }>> {
  const found = new Map<string, { label: string; thumbnail: number[] }>();
  for (const batch of await collectBatches(batches, MAX_BATCHES)) {
    const size = batch.shape[0];
    for (const [i, id] of batch.ids.entries()) {
      const label = Object.entries(batch.targets).map(([head, values]) => {
        const width = values.length / size;
        return [head, Array.from(values.subarray(i * width, (i + 1) * width))];
      });
      found.set(id, { label: hashValue(label), thumbnail: thumbnailOf(batch, i) });
    }
  }
  return found;
}

/** Sums over a coarse grid, which most augmentations hardly change. */
function thumbnailOf({ images, shape: [, height, width, channels] }: TrainingBatch, index: number): number[] {
  const sums = new Array<number>(GRID * GRID * channels).fill(0);
  const start = index * height * width * channels;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const cell = Math.floor((y * GRID) / height) * GRID + Math.floor((x * GRID) / width);
      for (let c = 0; c < channels; c++) {
        const at = cell * channels + c;
        sums[at] = sums[at]! + images[start + (y * width + x) * channels + c]!;
      }
    }
  }
  return sums;
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [a, b].map(
    (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  ) as [number, number];
  let [ab, aa, bb] = [0, 0, 0];
  for (const [i, value] of a.entries()) {
    const [da, db] = [value - meanA, b[i]! - meanB];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return ab / Math.sqrt(Math.max(aa * bb, 1e-30));
}
