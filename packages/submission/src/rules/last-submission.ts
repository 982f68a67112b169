import { parseNumber } from '../csv/parse-number.ts';
import type { SubmissionRow, SubmissionTable } from '../csv/submission-table.ts';
import { exampleRows, plural, quoteRows } from '../lint/describe-rows.ts';
import type { LintContext, LintRule } from './rule.ts';

/** Numbers closer than this are equal but for rounding. */
const TOLERANCE = 1e-6;

export const lastSubmission: LintRule = {
  name: 'last-submission',
  summary: 'some rows differ from the last submission, but not most',
  run: (context) => {
    const { submission, previous, limits } = context;
    if (previous === undefined) return [];
    const before = new Map(previous.rows.map((row) => [row.id, row]));
    const shared = submission.rows.filter(({ id }) => before.has(id));
    if (shared.length === 0) return [];
    const { cellsDiffer, classDiffers } = comparison(context, previous);
    const changed = shared.filter((row) => cellsDiffer(row, before.get(row.id)!));
    if (changed.length === 0) {
      return [
        {
          severity: 'warning',
          message: `none of ${plural(shared.length, 'row')} differs from ${previous.file}`,
          rows: [],
          fix: 'it would get the same score: save the attempt for another submission',
        },
      ];
    }
    const reclassified = changed.filter((row) => classDiffers(row, before.get(row.id)!));
    if (reclassified.length <= limits.changedShare * shared.length) return [];
    return [
      {
        severity: 'warning',
        message: `${reclassified.length} of ${plural(shared.length, 'row')} have another class than in ${previous.file}: ${quoteRows(reclassified)}`,
        rows: exampleRows(reclassified),
        fix: 'a better model changes some rows, not most: unless the last submission was bad, check that classes, ids and heads are not mixed up',
      },
    ];
  },
};

type Compare = (now: SubmissionRow, before: SubmissionRow) => boolean;

/** Whether two rows differ at all, and whether they stand for another class. */
function comparison(
  { columns, form, submission }: LintContext,
  previous: SubmissionTable,
): { cellsDiffer: Compare; classDiffers: Compare } {
  const pairs = columns
    .map(({ name, type, position }) => ({ name, type, now: position, last: previous.columns.indexOf(name) }))
    .filter(({ last }) => last !== -1);
  const numbers = pairs.filter(({ type }) => type.kind === 'number');
  const labels = pairs.filter(({ type }) => type.kind !== 'number');
  const inSums = new Set(form.sums.flat());
  const sums = form.sums.map((names) => ({
    now: names.map((name) => submission.columns.indexOf(name)),
    last: names.map((name) => previous.columns.indexOf(name)),
  }));
  const labelsDiffer: Compare = (row, before) =>
    labels.some(({ now, last }) => row.cells[now] !== before.cells[last]);
  return {
    cellsDiffer: (row, before) =>
      labelsDiffer(row, before) ||
      numbers.some(
        ({ now, last }) =>
          !(Math.abs(parseNumber(row.cells[now]!) - parseNumber(before.cells[last]!)) <= TOLERANCE),
      ),
    classDiffers: (row, before) =>
      labelsDiffer(row, before) ||
      sums.some(({ now, last }) => argmax(row, now) !== argmax(before, last)) ||
      numbers.some(
        ({ name, now, last }) =>
          !inSums.has(name) &&
          parseNumber(row.cells[now]!) >= 0.5 !== parseNumber(before.cells[last]!) >= 0.5,
      ),
  };
}

function argmax({ cells }: SubmissionRow, positions: readonly number[]): number {
  const values = positions.map((position) => parseNumber(cells[position] ?? ''));
  return values.indexOf(Math.max(...values));
}
