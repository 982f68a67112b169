import type { Rng } from '@podium/core';

/** The fold of each row: whole groups in random order, each to the smallest fold. */
export function assignGroups(groups: readonly string[], folds: number, rng: Rng): Int32Array {
  const sizes = new Map<string, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const loads = new Float64Array(folds);
  const foldOf = new Map<string, number>();
  for (const group of rng.shuffle([...sizes.keys()].sort())) {
    const fold = loads.indexOf(Math.min(...loads));
    foldOf.set(group, fold);
    loads[fold] = loads[fold]! + sizes.get(group)!;
  }
  return Int32Array.from(groups, (group) => foldOf.get(group)!);
}
