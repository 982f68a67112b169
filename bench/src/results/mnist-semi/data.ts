import { Rng } from '@podium/core';
import { type ManifestRow, readDataset } from '@podium/dataset';

/** MNIST's training and test images. */
export type Digits = Awaited<ReturnType<typeof readDataset>>;

export const CLASSES = 10;

export async function readDigits(folder: string): Promise<Digits> {
  return await readDataset(folder);
}

/** The same number of labeled images of each class, drawn by the seed; all others are unlabeled. */
export function splitLabels(
  rows: readonly ManifestRow[],
  labels: number,
  seed: number,
): { readonly labeled: readonly ManifestRow[]; readonly unlabeled: readonly ManifestRow[] } {
  if (labels % CLASSES !== 0) throw new Error(`--labels: expected multiples of ${CLASSES}, got ${labels}`);
  const order = Rng.fromSeed(seed).split('split').permutation(rows.length);
  const left = new Map<string, number>();
  const [labeled, unlabeled]: [ManifestRow[], ManifestRow[]] = [[], []];
  for (const index of order) {
    const row = rows[index]!;
    const label = String(row.labels.label);
    const more = left.get(label) ?? labels / CLASSES;
    if (more > 0) left.set(label, more - 1);
    (more > 0 ? labeled : unlabeled).push(row);
  }
  return { labeled, unlabeled };
}
