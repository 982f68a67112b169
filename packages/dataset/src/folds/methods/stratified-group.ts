import type { Rng } from '@podium/core';
import { Balance, type GroupCounts } from '../balance.ts';
import type { FoldInput, FoldMethod } from '../fold-method.ts';

/** Number of random starts, of which the best is used. */
const STARTS = 16;
/** Total cost of all starts, in changes of a class count: a second or two for the largest datasets. */
const BUDGET = 4e7;
const SWAP_PARTNERS = 24;
const MIN_GAIN = 1e-12;

/**
 * Keeps groups together and balances classes as far as that allows. First greedily, like scikit-learn's
 * StratifiedGroupKFold: the most uneven groups first, each into the fold with the smallest loss of balance. Then groups move
 * and swap folds as long as the balance improves.
 */
export const stratifiedGroup: FoldMethod = {
  name: 'stratified-group',
  summary: 'groups stay together; classes balanced as far as that allows',
  keepsGroups: true,
  supportsMultiLabel: true,
  assign: (input, folds, rng) => {
    const groups = countGroups(input);
    let best: { cost: number; foldOf: Int32Array } | undefined;
    const budget = { left: BUDGET };
    for (let start = 0; start < STARTS && budget.left > 0; start++) {
      const result = assignOnce(groups, input.classes, folds, rng.split(start), budget);
      if (best === undefined || result.cost < best.cost - MIN_GAIN) best = result;
    }
    const foldOf = best!.foldOf;
    return Int32Array.from(input.groupOf, (index) => foldOf[index]!);
  },
};

function countGroups({ labels, groupOf, groups }: FoldInput): GroupCounts[] {
  const counts: Map<number, number>[] = Array.from({ length: groups }, () => new Map());
  const sizes = new Int32Array(groups);
  for (const [row, rowLabels] of labels.entries()) {
    const at = groupOf[row]!;
    const map = counts[at]!;
    sizes[at] = sizes[at]! + 1;
    for (const label of rowLabels) map.set(label, (map.get(label) ?? 0) + 1);
  }
  return counts.map((map, index) => {
    const entries = [...map].sort(([a], [b]) => a - b);
    return {
      classes: Int32Array.from(entries, ([label]) => label),
      counts: Float64Array.from(entries, ([, count]) => count),
      size: sizes[index]!,
    };
  });
}

function assignOnce(
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
  for (const index of order) {
    const group = groups[index]!;
    const fold = bestFold(balance, group, folds);
    balance.add(group, fold);
    foldOf[index] = fold;
  }
  fillEmpty(groups, foldOf, balance, folds);
  improve(groups, foldOf, balance, folds, rng.split('improve'), budget);
  return { cost: balance.cost(), foldOf };
}

/** How unevenly a group's rows are spread over classes. Uneven groups are placed first, while there is room. */
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
      cost < bestCost - MIN_GAIN ||
      (cost < bestCost + MIN_GAIN && balance.size(fold) < balance.size(best))
    ) {
      best = fold;
      bestCost = Math.min(cost, bestCost);
    }
  }
  return best;
}

/** Gives a fold without rows the smallest group of a fold with several groups, since every fold must validate. */
function fillEmpty(
  groups: readonly GroupCounts[],
  foldOf: Int32Array,
  balance: Balance,
  folds: number,
): void {
  for (let fold = 0; fold < folds; fold++) {
    if (balance.size(fold) > 0) continue;
    const members = new Int32Array(folds);
    for (const fold of foldOf) members[fold] = members[fold]! + 1;
    let smallest = -1;
    for (let index = 0; index < groups.length; index++) {
      const spare = members[foldOf[index]!]! > 1;
      const size = groups[index]!.size;
      if (spare && (smallest === -1 || size < groups[smallest]!.size)) smallest = index;
    }
    if (smallest === -1) return;
    move(groups, foldOf, balance, smallest, fold);
  }
}

function move(
  groups: readonly GroupCounts[],
  foldOf: Int32Array,
  balance: Balance,
  index: number,
  fold: number,
): void {
  balance.remove(groups[index]!, foldOf[index]!);
  balance.add(groups[index]!, fold);
  foldOf[index] = fold;
}

/** Moves and swaps groups while that improves the balance, within the budget. */
function improve(
  groups: readonly GroupCounts[],
  foldOf: Int32Array,
  balance: Balance,
  folds: number,
  rng: Rng,
  budget: { left: number },
): void {
  const members = new Int32Array(folds);
  for (const fold of foldOf) members[fold] = members[fold]! + 1;
  for (let better = true; better && budget.left > 0; ) {
    better = false;
    for (const index of rng.permutation(groups.length)) {
      const group = groups[index]!;
      budget.left -= (group.classes.length + 1) * 4 * (folds + SWAP_PARTNERS);
      if (budget.left <= 0) break;
      if (tryMoves(groups, foldOf, balance, members, index, folds)) better = true;
      for (let n = 0; n < SWAP_PARTNERS; n++) {
        const other = groups.length <= SWAP_PARTNERS ? n : rng.int(groups.length);
        if (other < groups.length && trySwap(groups, foldOf, balance, index, other)) better = true;
      }
    }
  }
}

function tryMoves(
  groups: readonly GroupCounts[],
  foldOf: Int32Array,
  balance: Balance,
  members: Int32Array,
  index: number,
  folds: number,
): boolean {
  const from = foldOf[index]!;
  if (members[from]! <= 1) return false;
  const group = groups[index]!;
  const before = balance.costOf(group);
  balance.remove(group, from);
  const to = bestFold(balance, group, folds);
  balance.add(group, to);
  if (to === from || balance.costOf(group) >= before - MIN_GAIN) {
    balance.remove(group, to);
    balance.add(group, from);
    return false;
  }
  foldOf[index] = to;
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
  if (balance.costOf(groupA, groupB) < before - MIN_GAIN) return true;
  move(groups, foldOf, balance, a, foldA);
  move(groups, foldOf, balance, b, foldB);
  return false;
}
