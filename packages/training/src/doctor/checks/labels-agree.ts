import { hashValue } from '@podium/core';
import type { TrainingBatch } from '../../loop/index.ts';
import { type DoctorCheck, ok, problem, skipped, warning } from '../check.ts';
import { list, someBatches } from '../tools.ts';

const MOST_IMAGES = 64;
const MOST_BATCHES = 40;
const GRID = 4;

/** The same id must have the same label, and look like the same image, however often it is shuffled and augmented. */
export const labelsAgree: DoctorCheck = {
  name: 'labels-agree',
  title: 'labels stay with their images through shuffling and augmentation',
  async run({ batches }) {
    const [first, second] = [await collect(batches(0)), await collect(batches(1))];
    const shared = [...first.keys()].filter((id) => second.has(id));
    if (shared.length < 2) return skipped('two passes over the data have no two images in common');
    const changed = shared.filter((id) => first.get(id)?.label !== second.get(id)?.label);
    if (changed.length > 0) {
      return problem(
        `${changed.length} of ${shared.length} ids have other labels in a second pass: ${list(changed)}`,
        'shuffle images and labels by the same order, and index both by it once',
      );
    }
    const some = shared.slice(0, MOST_IMAGES);
    const right = some.filter((id) => {
      const own = first.get(id)!.look;
      let best = id;
      let most = Number.NEGATIVE_INFINITY;
      for (const other of some) {
        const likeness = correlation(own, second.get(other)!.look);
        if (likeness > most) [best, most] = [other, likeness];
      }
      return best === id;
    }).length;
    const evidence = `labels of ${shared.length} ids agree; ${right} of ${some.length} images look most like themselves in a second pass`;
    // By chance one would.
    if (some.length >= 8 && right < Math.max(3, 0.1 * some.length)) {
      return warning(
        evidence,
        'look at a contact sheet: augmentation leaves nothing of the images, or they get other ids',
      );
    }
    return ok(evidence);
  },
};

async function collect(
  batches: AsyncIterable<TrainingBatch>,
): Promise<Map<string, { label: string; look: number[] }>> {
  const found = new Map<string, { label: string; look: number[] }>();
  for (const batch of await someBatches(batches, MOST_BATCHES)) {
    const size = batch.shape[0];
    for (const [i, id] of batch.ids.entries()) {
      const label = Object.entries(batch.targets).map(([head, values]) => {
        const width = values.length / size;
        return [head, Array.from(values.subarray(i * width, (i + 1) * width))];
      });
      found.set(id, { label: hashValue(label), look: lookOf(batch, i) });
    }
  }
  return found;
}

/** Means over a coarse grid, which most augmentations leave alike. */
function lookOf({ images, shape: [, height, width, channels] }: TrainingBatch, index: number): number[] {
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
