import { fail, type Predictions, type Rng } from '@podium/core';

/**
 * `[N]`: the members' folds, or `count` new folds that keep groups (or rows) together. Depends on ids and groups, not on the
 * order of rows.
 * @throws PodiumError `ensemble-folds` for fewer than two folds, or a group in two folds
 */
export function nestedFolds(members: readonly Predictions[], count: number, rng: Rng): Int32Array {
  const first = members[0]!;
  const groups = members.find((member) => member.groups)?.groups;
  const given = members.find((member) => member.folds)?.folds;
  const folds = given ?? dealFolds(groups ?? first.ids, count, rng);
  if (new Set(folds).size < 2) {
    fail({
      code: 'ensemble-folds',
      message: 'a nested score needs rows that nothing was fitted to',
      expected: 'predictions of at least two folds',
      got: `one fold, ${first.length} rows`,
      fix: 'concatenate the out-of-fold predictions of all folds first: Predictions.concat()',
    });
  }
  if (given && groups) assertWholeGroups(groups, given);
  return folds;
}

function dealFolds(units: readonly string[], count: number, rng: Rng): Int32Array {
  if (!Number.isInteger(count) || count < 2) {
    fail({ code: 'ensemble-folds', path: { key: 'folds' }, expected: 'an integer >= 2', got: String(count) });
  }
  const order = rng.shuffle([...new Set(units)].sort());
  const foldOf = new Map(order.map((unit, i) => [unit, i % count]));
  return Int32Array.from(units, (unit) => foldOf.get(unit)!);
}

function assertWholeGroups(groups: readonly string[], folds: Int32Array): void {
  const foldOf = new Map<string, number>();
  groups.forEach((group, row) => {
    const fold = folds[row]!;
    const before = foldOf.get(group) ?? fold;
    if (before !== fold) {
      fail({
        code: 'ensemble-folds',
        message: `the group "${group}" is in folds ${before} and ${fold}`,
        expected: 'all rows of a group in one fold',
        fix: 'make folds by group, or leave out the groups if their rows are independent',
      });
    }
    foldOf.set(group, fold);
  });
}
