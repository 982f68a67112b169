import type { CheckContext, Entry } from '../checks/check.ts';
import { UnionFind } from '../folds/union-find.ts';
import type { PatchEntry } from '../manifest/patch.ts';

/**
 * Changes that put the training rows of each set into one group, together with all rows of their previous groups. The name
 * of the group is the first name that any of the rows had, else `same:` and the first id.
 */
export function regroup(context: CheckContext, sets: readonly (readonly Entry[])[]): PatchEntry[] {
  const train = context.entries.filter(({ split }) => split === 'train').map(({ row }) => row);
  const indices = new Map(train.map((row, i) => [row, i]));
  const groups = new UnionFind(train.length);
  const first = new Map<string, number>();
  for (const [i, { group }] of train.entries()) {
    if (group === undefined) continue;
    const before = first.get(group);
    if (before === undefined) first.set(group, i);
    else groups.union(before, i);
  }
  const touched = new Set<number>();
  for (const set of sets) {
    const members = set.flatMap(({ row }) => indices.get(row) ?? []);
    for (const index of members.slice(1)) groups.union(members[0]!, index);
    for (const index of members) touched.add(index);
  }
  const roots = new Set([...touched].map((index) => groups.find(index)));
  return groups.sets().flatMap((set): PatchEntry[] => {
    if (!roots.has(set[0]!)) return [];
    const rows = set.map((index) => train[index]!);
    const named = rows.flatMap(({ group }) => group ?? []).sort();
    const name = named[0] ?? `same:${rows.map(({ id }) => id).sort()[0]}`;
    return rows
      .filter(({ group }) => group !== name)
      .map(({ id, group }) => ({
        action: 'regroup',
        id,
        old: group ?? null,
        new: name,
        reason: 'near-duplicates: nearly identical to other rows of the group',
      }));
  });
}
