import type { Rng } from '@podium/core';
import { Balance, type GroupCounts } from '../balance.ts';
import type { FoldInput, FoldMethod } from '../fold-method.ts';

/** Starts from other orders of equal groups; the best one counts. */
const STARTS = 16;
/** What all starts may cost, in changes of one class's count: a second or two for the largest sets. */
const BUDGET = 4e7;
const SWAP_PARTNERS = 24;
const LEAST_GAIN = 1e-12;

/**
 * Groups whole, and as many rows of each class in every fold as that allows. First greedily, the most uneven groups
 * first, each into the fold where the balance suffers least, as scikit-learn's StratifiedGroupKFold does; then groups
 * move and swap folds as long as that makes the balance better.
 */
export const stratifiedGroup: FoldMethod = {
  name: 'stratified-group',
  summary: 'groups whole, and as many rows of each class in every fold as that allows',
  keepsGroups: true,
  takesMultiLabel: true,
  deal: (input, folds, rng) => {
    const groups = countGroups(input);
    let best: { cost: number; foldOf: Int32Array } | undefined;
    const budget = { left: BUDGET };
    for (let start = 0; start < STARTS && budget.left > 0; start++) {
      const result = dealOnce(groups, input.classes, folds, rng.split(start), budget);
      if (best === undefined || result.cost < best.cost - LEAST_GAIN) best = result;
    }
    const foldOf = best!.foldOf;
    return Int32Array.from(input.groupOf, (own) => foldOf[own]!);
  },
};

function countGroups({ labels, groupOf, groups }: FoldInput): GroupCounts[] {
  const counts: Map<number, number>[] = Array.from({ length: groups }, () => new Map());
  const sizes = new Int32Array(groups);
  for (const [row, own] of labels.entries()) {
    const at = groupOf[row]!;
    const map = counts[at]!;
    sizes[at] = sizes[at]! + 1;
    for (const label of own) map.set(label, (map.get(label) ?? 0) + 1);
  }
  return counts.map((map, own) => {
    const entries = [...map].sort(([a], [b]) => a - b);
    return {
      classes: Int32Array.from(entries, ([label]) => label),
      counts: Float64Array.from(entries, ([, count]) => count),
      size: sizes[own]!,
    };
  });
}

function dealOnce(
  groups: readonly GroupCounts[],
  classes: number,
  folds: number,
  rng: Rng,
  budget: { left: number },
): { cost: number; foldOf: Int32Array } {
  const balance = new Balance(groups, classes, folds);
  const foldOf = new Int32Array(groups.length);
  const spread = groups.map((group) => spreadOf(group, classes));
  const order = [...rng.split('order').permutation(groups.length)];
  order.sort((a, b) => spread[b]! - spread[a]!);
  for (const own of order) {
    const group = groups[own]!;
    const fold = bestFold(balance, group, folds);
    balance.add(group, fold);
    foldOf[own] = fold;
  }
  fillEmpty(groups, foldOf, balance, folds);
  improve(groups, foldOf, balance, folds, rng.split('improve'), budget);
  return { cost: balance.cost(), foldOf };
}

/** How unevenly a group's rows lie over the classes: the hard ones have to be placed while there is room. */
function spreadOf({ counts, size }: GroupCounts, classes: number): number {
  const mean = size / classes;
  return counts.reduce((sum, count) => sum + count * count, 0) / classes - mean * mean;
}

function bestFold(balance: Balance, group: GroupCounts, folds: number): number {
  let best = 0;
  let bestCost = Number.POSITIVE_INFINITY;
  for (let fold = 0; fold < folds; fold++) {
    balance.add(group, fold);
    const cost = balance.costOf(group);
    balance.remove(group, fold);
    if (
      cost < bestCost - LEAST_GAIN ||
      (cost < bestCost + LEAST_GAIN && balance.size(fold) < balance.size(best))
    ) {
      best = fold;
      bestCost = Math.min(cost, bestCost);
    }
  }
  return best;
}

/** A fold without rows cannot validate: it gets the smallest group of a fold that has several. */
function fillEmpty(
  groups: readonly GroupCounts[],
  foldOf: Int32Array,
  balance: Balance,
  folds: number,
): void {
  for (let fold = 0; fold < folds; fold++) {
    if (balance.size(fold) > 0) continue;
    const members = new Int32Array(folds);
    for (const own of foldOf) members[own] = members[own]! + 1;
    let smallest = -1;
    for (let own = 0; own < groups.length; own++) {
      const spare = members[foldOf[own]!]! > 1;
      const size = groups[own]!.size;
      if (spare && (smallest === -1 || size < groups[smallest]!.size)) smallest = own;
    }
    if (smallest === -1) return;
    move(groups, foldOf, balance, smallest, fold);
  }
}

function move(
  groups: readonly GroupCounts[],
  foldOf: Int32Array,
  balance: Balance,
  own: number,
  fold: number,
): void {
  balance.remove(groups[own]!, foldOf[own]!);
  balance.add(groups[own]!, fold);
  foldOf[own] = fold;
}

/** Moves and swaps while they help, within the budget. */
function improve(
  groups: readonly GroupCounts[],
  foldOf: Int32Array,
  balance: Balance,
  folds: number,
  rng: Rng,
  budget: { left: number },
): void {
  const members = new Int32Array(folds);
  for (const own of foldOf) members[own] = members[own]! + 1;
  for (let better = true; better && budget.left > 0; ) {
    better = false;
    for (const own of rng.permutation(groups.length)) {
      const group = groups[own]!;
      budget.left -= (group.classes.length + 1) * 4 * (folds + SWAP_PARTNERS);
      if (budget.left <= 0) break;
      if (tryMoves(groups, foldOf, balance, members, own, folds)) better = true;
      for (let n = 0; n < SWAP_PARTNERS; n++) {
        const other = groups.length <= SWAP_PARTNERS ? n : rng.int(groups.length);
        if (other < groups.length && trySwap(groups, foldOf, balance, own, other)) better = true;
      }
    }
  }
}

function tryMoves(
  groups: readonly GroupCounts[],
  foldOf: Int32Array,
  balance: Balance,
  members: Int32Array,
  own: number,
  folds: number,
): boolean {
  const from = foldOf[own]!;
  if (members[from]! <= 1) return false;
  const group = groups[own]!;
  const before = balance.costOf(group);
  balance.remove(group, from);
  const to = bestFold(balance, group, folds);
  balance.add(group, to);
  if (to === from || balance.costOf(group) >= before - LEAST_GAIN) {
    balance.remove(group, to);
    balance.add(group, from);
    return false;
  }
  foldOf[own] = to;
  members[from] = members[from]! - 1;
  members[to] = members[to]! + 1;
  return true;
}

function trySwap(
  groups: readonly GroupCounts[],
  foldOf: Int32Array,
  balance: Balance,
  a: number,
  b: number,
): boolean {
  const [foldA, foldB] = [foldOf[a]!, foldOf[b]!];
  if (foldA === foldB) return false;
  const [groupA, groupB] = [groups[a]!, groups[b]!];
  const before = balance.costOf(groupA, groupB);
  move(groups, foldOf, balance, a, foldB);
  move(groups, foldOf, balance, b, foldA);
  if (balance.costOf(groupA, groupB) < before - LEAST_GAIN) return true;
  move(groups, foldOf, balance, a, foldA);
  move(groups, foldOf, balance, b, foldB);
  return false;
}
