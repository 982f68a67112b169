import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ManifestRow } from '../../src/manifest/types.ts';
import { image as drawn } from '../images.ts';
import { row } from '../rows.ts';

export interface ImageSet {
  readonly root: string;
  readonly rows: ManifestRow[];
  remove(): void;
}

/** A folder of small JPEGs with one row each, alternating between two classes. */
export async function imageSet(count: number): Promise<ImageSet> {
  const root = mkdtempSync(join(tmpdir(), 'podium-loader-'));
  const rows: ManifestRow[] = [];
  for (let i = 0; i < count; i++) {
    const id = `p${String(i).padStart(3, '0')}`;
    await writeFile(
      join(root, `${id}.jpg`),
      await drawn(i, 60 + (i % 7), 50)
        .jpeg()
        .toBuffer(),
    );
    rows.push(
      row(id, i % 2 === 0 ? 'cat' : 'dog', { image: { kind: 'file', path: `${id}.jpg` }, weight: 1 + i / 8 }),
    );
  }
  return { root, rows, remove: () => rmSync(root, { recursive: true, force: true }) };
}
