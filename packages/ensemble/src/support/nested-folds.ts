import type { Predictions, Rng } from '@podium/core';
import { fail } from './errors.ts';

/**
 * The fold of every row `[N]`: the members' own, or whole groups (rows where there are none) dealt into `count` folds.
 * Depends on ids and groups, not on the order of rows.
 * @throws PodiumError `ensemble-folds` where there are fewer than two folds, or a group lies in two
 */
export function nestedFolds(members: readonly Predictions[], count: number, rng: Rng): Int32Array {
  const [first] = members as readonly [Predictions];
  const groups = members.find((member) => member.groups)?.groups;
  const own = members.find((member) => member.folds)?.folds;
  const folds = own ?? dealt(groups ?? first.ids, count, rng);
  if (new Set(folds).size < 2) {
    fail({
      code: 'ensemble-folds',
      message: 'a nested score needs rows that were not fitted on',
      expected: 'predictions of at least two folds',
      got: `one fold, ${first.length} rows`,
      fix: 'put the out-of-fold predictions of all folds together first: Predictions.concat()',
    });
  }
  if (own && groups) checkWhole(groups, own);
  return folds;
}

function dealt(units: readonly string[], count: number, rng: Rng): Int32Array {
  if (!Number.isInteger(count) || count < 2) {
    fail({ code: 'ensemble-folds', path: { key: 'folds' }, expected: 'an integer >= 2', got: String(count) });
  }
  const order = rng.shuffle([...new Set(units)].sort());
  const foldOf = new Map(order.map((unit, i) => [unit, i % count]));
  return Int32Array.from(units, (unit) => foldOf.get(unit)!);
}

function checkWhole(groups: readonly string[], folds: Int32Array): void {
  const foldOf = new Map<string, number>();
  groups.forEach((group, row) => {
    const fold = folds[row]!;
    const before = foldOf.get(group) ?? fold;
    if (before !== fold) {
      fail({
        code: 'ensemble-folds',
        message: `the group "${group}" lies in folds ${before} and ${fold}`,
        expected: 'all rows of a group in one fold',
        fix: 'make the folds by group, or leave the groups out if its rows know nothing of each other',
      });
    }
    foldOf.set(group, fold);
  });
}
