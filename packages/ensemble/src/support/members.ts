import { Predictions } from '@podium/core';
import { fail } from './errors.ts';

/**
 * Members of an ensemble over the same rows and columns: ids and classes are brought into the first member's order by
 * name. Folds and groups come from the members that have them, which must agree.
 * @throws PodiumError `ensemble-members` for no members, another task, folds or groups that differ;
 * `ensemble-ids-differ` naming the member and the id; `predictions-classes-differ`
 */
export function alignMembers(members: readonly Predictions[]): readonly Predictions[] {
  const [first] = members;
  if (first === undefined) {
    return fail({
      code: 'ensemble-members',
      message: 'there is nothing to blend',
      expected: 'at least one member',
      got: 'none',
    });
  }
  const aligned = members.map((member, index) => {
    if (member.task !== first.task) {
      fail({
        code: 'ensemble-members',
        message: `the task of member ${index}`,
        expected: `${first.task}, as member 0`,
        got: member.task,
      });
    }
    return sameOrder(first, sameColumns(first, member), index);
  });
  for (const key of ['folds', 'groups'] as const) checkAgree(aligned, key);
  return aligned;
}

/** `[N, K]` in float64, row by row: probabilities as they are, logits through softmax or sigmoid. */
export function probabilitiesOf({
  values,
  kind,
  task,
  classes,
}: Pick<Predictions, 'kind' | 'task' | 'classes'> & {
  readonly values: Float32Array | Float64Array;
}): Float64Array {
  const result = Float64Array.from(values);
  if (kind === 'probabilities') return result;
  if (task === 'multi-label') return result.map((logit) => 1 / (1 + Math.exp(-logit)));
  return softmaxInPlace(result, classes.length);
}

/** What a probability is raised to before its logarithm: float32's smallest normal number. */
const TINY = 1.1754943508222875e-38;

/** `[N, K]` logarithms of probabilities, none below log(1.2e-38); of logits exactly, without a way through exp. */
export function logProbabilitiesOf(member: Predictions): Float64Array {
  const { values, kind, task, classes } = member;
  const lowest = Math.log(TINY);
  if (kind === 'probabilities') return Float64Array.from(values, (value) => Math.log(Math.max(value, TINY)));
  if (task === 'multi-label')
    return Float64Array.from(values, (logit) => Math.max(lowest, -softplus(-logit)));
  const result = Float64Array.from(values);
  const width = classes.length;
  for (let at = 0; at < result.length; at += width) {
    const row = result.subarray(at, at + width);
    const total = logSumExp(row);
    for (let k = 0; k < width; k++) row[k] = Math.max(lowest, row[k]! - total);
  }
  return result;
}

/** Scores `[N, K]`: logits as they are, probabilities as logarithms. What linear models and temperatures work on. */
export function scoresOf(member: Predictions): Float64Array {
  return member.kind === 'logits' ? Float64Array.from(member.values) : logProbabilitiesOf(member);
}

/** Softmax of each row of `width` values, in place. */
export function softmaxInPlace(values: Float64Array, width: number): Float64Array {
  for (let at = 0; at < values.length; at += width) {
    let top = Number.NEGATIVE_INFINITY;
    for (let k = at; k < at + width; k++) top = Math.max(top, values[k]!);
    let sum = 0;
    for (let k = at; k < at + width; k++) {
      const term = Math.exp(values[k]! - top);
      values[k] = term;
      sum += term;
    }
    for (let k = at; k < at + width; k++) values[k] = values[k]! / sum;
  }
  return values;
}

/** Divides each row of `width` values by its sum, in place; a row of zeros becomes uniform. */
export function normalizeRows(values: Float64Array, width: number): Float64Array {
  for (let at = 0; at < values.length; at += width) {
    let sum = 0;
    for (let k = at; k < at + width; k++) sum += values[k]!;
    for (let k = at; k < at + width; k++) values[k] = sum > 0 ? values[k]! / sum : 1 / width;
  }
  return values;
}

/** Probabilities with the rows, columns, folds and groups of aligned members. */
export function blended(members: readonly Predictions[], values: Float64Array): Predictions {
  const first = members[0]!;
  const folds = members.find((member) => member.folds)?.folds;
  const groups = members.find((member) => member.groups)?.groups;
  return new Predictions({
    ...first,
    folds,
    groups,
    kind: 'probabilities',
    values: Float32Array.from(values),
  });
}

/** The rows of these numbers, in their order. */
export function pickRows(member: Predictions, rows: readonly number[]): Predictions {
  return member.select(rows.map((row) => member.ids[row]!));
}

/** log(sum(exp(row))), without overflow. */
export function logSumExp(row: Float64Array): number {
  let top = Number.NEGATIVE_INFINITY;
  for (const value of row) top = Math.max(top, value);
  let sum = 0;
  for (const value of row) sum += Math.exp(value - top);
  return top + Math.log(sum);
}

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

function sameColumns(first: Predictions, member: Predictions): Predictions {
  const same =
    member.classes.length === first.classes.length &&
    member.classes.every((name, k) => name === first.classes[k]);
  return same ? member : member.alignClasses(first.classes);
}

function sameOrder(first: Predictions, member: Predictions, index: number): Predictions {
  if (member.length === first.length && member.ids.every((id, row) => id === first.ids[row])) return member;
  const missing = first.ids.find((id) => member.indexOf(id) === undefined);
  const extra = member.ids.find((id) => first.indexOf(id) === undefined);
  if (missing === undefined && extra === undefined) return member.align(first.ids);
  return fail({
    code: 'ensemble-ids-differ',
    message: `member ${index} is about other rows than member 0: "${missing ?? extra}" is only in member ${missing === undefined ? index : 0}`,
    expected: `the same ${first.length} ids`,
    got: `${member.length} ids`,
    fix: 'predict the same rows with every member, or keep the common ones with select()',
  });
}

function checkAgree(members: readonly Predictions[], key: 'folds' | 'groups'): void {
  const have = members.findIndex((member) => member[key]);
  const reference = members[have]?.[key];
  if (reference === undefined) return;
  members.forEach((member, index) => {
    const own = member[key];
    if (own === undefined || own === reference) return;
    for (let row = 0; row < reference.length; row++) {
      if (own[row] === reference[row]) continue;
      fail({
        code: 'ensemble-members',
        message: `the ${key} of member ${index}, row "${member.ids[row]}"`,
        expected: `${reference[row]}, as member ${have}`,
        got: String(own[row]),
        fix:
          key === 'folds'
            ? 'blend members of the same folds: with others a row would leak from one fold into the next; drop the folds to blend anyway'
            : 'give every member the same groups',
      });
    }
  });
}
