import { hashBytes } from '@podium/core';
import type { ManifestRow } from '@podium/dataset';

/** A sample of about `maxRows` rows in whole groups, chosen by the hashes of the groups' names: always the same ones. */
export function sampleRows(rows: readonly ManifestRow[], maxRows: number): readonly ManifestRow[] {
  if (rows.length <= maxRows) return rows;
  const sizes = new Map<string, number>();
  for (const row of rows) sizes.set(groupOf(row), (sizes.get(groupOf(row)) ?? 0) + 1);
  const order = [...sizes.keys()].map((group) => ({ group, hash: hashBytes(group) }));
  order.sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : 0));
  const chosen = new Set<string>();
  let count = 0;
  for (const { group } of order) {
    if (count >= maxRows) break;
    chosen.add(group);
    count += sizes.get(group)!;
  }
  return rows.filter((row) => chosen.has(groupOf(row)));
}

function groupOf({ group, id }: ManifestRow): string {
  return group ?? id;
}
