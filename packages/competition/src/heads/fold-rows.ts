import { PodiumError } from '@podium/core';
import { type Head, type ManifestRow, readFolds, readManifest, withFolds } from '@podium/dataset';

/** Training rows with their folds, and the heads that are wanted, in that order. */
export async function readRows(
  train: string,
  folds: string,
  heads: readonly string[],
): Promise<{ readonly rows: readonly ManifestRow[]; readonly heads: readonly Head[] }> {
  const manifest = await readManifest(train);
  const rows = withFolds(manifest.rows, await readFolds(folds, manifest.rows));
  return { rows, heads: pickHeads(manifest.heads, heads) };
}

/** @throws PodiumError `head-unknown` */
export function pickHeads(known: readonly Head[], wanted: readonly string[]): Head[] {
  return wanted.map((name) => {
    const head = known.find((candidate) => candidate.name === name);
    if (head !== undefined) return head;
    throw new PodiumError({
      code: 'head-unknown',
      path: { key: 'heads' },
      expected: known.map((candidate) => candidate.name),
      got: JSON.stringify(name),
    });
  });
}
