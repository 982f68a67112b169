import { fail, Predictions } from '@podium/core';

/**
 * Brings the ids and classes of all members into the first member's order, by name. Folds and groups may be missing in some
 * members, but must agree where they are given.
 * @throws PodiumError `ensemble-members` for no members, or for tasks, folds or groups that differ; `ensemble-ids-differ`
 * naming the member and the id; `predictions-classes-differ`
 */
export function alignMembers(members: readonly Predictions[]): readonly Predictions[] {
  const [first] = members;
  if (first === undefined) {
    return fail({
      code: 'ensemble-members',
      message: 'nothing to blend',
      expected: 'at least one member',
      got: 'none',
    });
  }
  const aligned = members.map((member, index) => {
    if (member.task !== first.task) {
      fail({
        code: 'ensemble-members',
        message: `the task of member ${index}`,
        expected: `${first.task}, as in member 0`,
        got: member.task,
      });
    }
    return withRowsOf(first, withColumnsOf(first, member), index);
  });
  for (const key of ['folds', 'groups'] as const) assertAgreement(aligned, key);
  return aligned;
}

/** Probabilities, or for regression numbers, with the rows, columns, folds and groups of aligned members. */
export function blended(members: readonly Predictions[], values: Float64Array): Predictions {
  const first = members[0]!;
  const folds = members.find((member) => member.folds)?.folds;
  const groups = members.find((member) => member.groups)?.groups;
  return new Predictions({
    ...first,
    folds,
    groups,
    kind: first.task === 'regression' ? 'numbers' : 'probabilities',
    values: Float32Array.from(values),
  });
}

/** The rows with these numbers, in order. */
export function pickRows(member: Predictions, rows: readonly number[]): Predictions {
  return member.select(rows.map((row) => member.ids[row]!));
}

function withColumnsOf(first: Predictions, member: Predictions): Predictions {
  const same =
    member.classes.length === first.classes.length &&
    member.classes.every((name, k) => name === first.classes[k]);
  return same ? member : member.alignClasses(first.classes);
}

function withRowsOf(first: Predictions, member: Predictions, index: number): Predictions {
  if (member.length === first.length && member.ids.every((id, row) => id === first.ids[row])) return member;
  const missing = first.ids.find((id) => member.indexOf(id) === undefined);
  const extra = member.ids.find((id) => first.indexOf(id) === undefined);
  if (missing === undefined && extra === undefined) return member.align(first.ids);
  return fail({
    code: 'ensemble-ids-differ',
    message: `members 0 and ${index} have different rows: "${missing ?? extra}" is only in member ${missing === undefined ? index : 0}`,
    expected: `the same ${first.length} ids`,
    got: `${member.length} ids`,
    fix: 'predict the same rows with every member, or keep the common ones with select()',
  });
}

function assertAgreement(members: readonly Predictions[], key: 'folds' | 'groups'): void {
  const index = members.findIndex((member) => member[key]);
  const reference = members[index]?.[key];
  if (reference === undefined) return;
  members.forEach((member, m) => {
    const values = member[key];
    if (values === undefined || values === reference) return;
    for (let row = 0; row < reference.length; row++) {
      if (values[row] === reference[row]) continue;
      fail({
        code: 'ensemble-members',
        message: `the ${key} of member ${m}, row "${member.ids[row]}"`,
        expected: `${reference[row]}, as in member ${index}`,
        got: String(values[row]),
        fix:
          key === 'folds'
            ? 'blend members with the same folds, or rows leak between folds; to blend anyway, drop the folds'
            : 'give all members the same groups',
      });
    }
  });
}
