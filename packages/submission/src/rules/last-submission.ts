import { count, examples, type LintContext, type LintRule, named, numberOf } from '../finding.ts';
import type { SubmissionRow, SubmissionTable } from '../table.ts';

/** Numbers nearer to each other than this are the same, rounded otherwise. */
const SAME = 1e-6;

export const lastSubmission: LintRule = {
  name: 'last-submission',
  summary: 'different from what was sent last, but not in most rows',
  run: (context) => {
    const { submission, previous, limits } = context;
    if (previous === undefined) return [];
    const before = new Map(previous.rows.map((row) => [row.id, row]));
    const both = submission.rows.filter(({ id }) => before.has(id));
    if (both.length === 0) return [];
    const differs = comparison(context, previous);
    const changed = both.filter((row) => differs.cells(row, before.get(row.id)!));
    if (changed.length === 0) {
      return [
        {
          severity: 'warning',
          message: `not one of ${count(both.length, 'row')} differs from ${previous.file}`,
          rows: [],
          fix: 'it would get the same score; keep the attempt for something else',
        },
      ];
    }
    const decided = changed.filter((row) => differs.decision(row, before.get(row.id)!));
    if (decided.length <= limits.changed * both.length) return [];
    return [
      {
        severity: 'warning',
        message: `${decided.length} of ${count(both.length, 'row')} are decided otherwise than in ${previous.file}: ${named(decided)}`,
        rows: examples(decided),
        fix: 'a better model changes some rows, not most: see that classes, ids and heads were not mixed up, unless the last one was bad',
      },
    ];
  },
};

type Compare = (now: SubmissionRow, before: SubmissionRow) => boolean;

/** Whether two rows differ at all, and whether they say another class. */
function comparison(
  { columns, form, submission }: LintContext,
  previous: SubmissionTable,
): { cells: Compare; decision: Compare } {
  const pairs = columns
    .map(({ name, rule, at }) => ({ name, rule, at, was: previous.columns.indexOf(name) }))
    .filter(({ was }) => was !== -1);
  const numbers = pairs.filter(({ rule }) => rule.kind === 'number');
  const labels = pairs.filter(({ rule }) => rule.kind !== 'number');
  const inSums = new Set(form.sums.flat());
  const sets = form.sums.map((set) => ({
    now: set.map((name) => submission.columns.indexOf(name)),
    was: set.map((name) => previous.columns.indexOf(name)),
  }));
  const otherLabel: Compare = (now, before) =>
    labels.some(({ at, was }) => now.cells[at] !== before.cells[was]);
  return {
    cells: (now, before) =>
      otherLabel(now, before) ||
      numbers.some(
        ({ at, was }) => !(Math.abs(numberOf(now.cells[at]!) - numberOf(before.cells[was]!)) <= SAME),
      ),
    decision: (now, before) =>
      otherLabel(now, before) ||
      sets.some(({ now: own, was }) => largest(now, own) !== largest(before, was)) ||
      numbers.some(
        ({ name, at, was }) =>
          !inSums.has(name) && numberOf(now.cells[at]!) >= 0.5 !== numberOf(before.cells[was]!) >= 0.5,
      ),
  };
}

function largest({ cells }: SubmissionRow, places: readonly number[]): number {
  const values = places.map((at) => numberOf(cells[at] ?? ''));
  return values.indexOf(Math.max(...values));
}
