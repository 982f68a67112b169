import { type ManifestRow, readManifest } from '@podium/dataset';
import { COMPETITION, withRootName } from './resolve-roots.ts';

/** An unlabeled image and its origin. Its path begins with the name of a root. */
export interface UnlabeledRow extends ManifestRow {
  readonly origin: 'external' | 'test';
}

interface UnlabeledSources {
  /** The manifest of admitted external images. */
  readonly rows: string | undefined;
  /** The manifest of test images, given only if the settings allow them. */
  readonly test: string | undefined;
}

/** Images that models may label: admitted external ones without a label, and test images if given. */
export async function unlabeledRows({ rows, test }: UnlabeledSources): Promise<UnlabeledRow[]> {
  const external = rows === undefined ? [] : (await readManifest(rows)).rows;
  const tested = test === undefined ? [] : (await readManifest(test)).rows;
  return [
    ...external
      .filter(({ labels }) => Object.keys(labels).length === 0)
      .map((row) => ({ ...row, origin: 'external' as const })),
    // A training image may have the id of a test image.
    ...withRootName(COMPETITION, tested).map((row) => ({
      ...row,
      id: `test/${row.id}`,
      origin: 'test' as const,
    })),
  ];
}
