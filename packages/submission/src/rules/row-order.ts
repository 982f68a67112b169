import { exampleRows, quoteRows } from '../lint/describe-rows.ts';
import type { LintRule } from './rule.ts';

export const rowOrder: LintRule = {
  name: 'row-order',
  summary: "rows are in the sample's order",
  run: ({ submission, sample, rowsById }) => {
    // Other rules report missing, unknown and duplicate rows. Without those, the order is well defined.
    const known = new Set(sample.ids);
    const rows = submission.rows.filter((row) => known.has(row.id) && rowsById.get(row.id)?.[0] === row);
    const expected = sample.ids.filter((id) => rowsById.has(id));
    const index = rows.findIndex(({ id }, i) => id !== expected[i]);
    const row = rows[index];
    if (row === undefined) return [];
    return [
      {
        severity: 'error',
        message: `the rows are not in the order of ${sample.file}: ${quoteRows([row])} is in the place of ${JSON.stringify(expected[index])}`,
        rows: exampleRows([row]),
        fix: 'sort the rows as in the sample; some graders compare line by line',
      },
    ];
  },
};
