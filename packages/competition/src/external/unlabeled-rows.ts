import { type ManifestRow, readManifest } from '@podium/dataset';
import { COMPETITION, nameFolder } from './mount-folders.ts';

/** An image without a label that counts, and where it is from. Its path begins with the name of a folder. */
export interface UnlabeledRow extends ManifestRow {
  readonly origin: 'external' | 'test';
}

interface UnlabeledSources {
  /** The manifest of external images that are admitted. */
  readonly rows: string | undefined;
  /** The manifest of test images: only where the settings allow them. */
  readonly test: string | undefined;
}

/** Images that models may label: admitted external ones without label, and test images where they are given. */
export async function unlabeledRows({ rows, test }: UnlabeledSources): Promise<UnlabeledRow[]> {
  const external = rows === undefined ? [] : (await readManifest(rows)).rows;
  const tested = test === undefined ? [] : (await readManifest(test)).rows;
  return [
    ...external
      .filter(({ labels }) => Object.keys(labels).length === 0)
      .map((row) => ({ ...row, origin: 'external' as const })),
    // A training image may have the id of a test image.
    ...nameFolder(COMPETITION, tested).map((row) => ({
      ...row,
      id: `test/${row.id}`,
      origin: 'test' as const,
    })),
  ];
}
