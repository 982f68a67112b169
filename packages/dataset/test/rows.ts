import type { Head, ManifestRow } from '../src/manifest/types.ts';

export const CAT_DOG: Head = { name: 'label', task: 'single-label', classes: ['cat', 'dog'] };

/** A row with one head `label`, and the changes a test needs. */
export function row(id: string, label: string | undefined, more: Partial<ManifestRow> = {}): ManifestRow {
  return {
    id,
    image: { kind: 'file', path: `${id}.png` },
    labels: label === undefined ? {} : { label },
    weight: 1,
    provenance: { kind: 'true' },
    ...more,
  };
}
