import { exampleRows, plural, quoteRows } from '../lint/describe-rows.ts';
import type { LintRule } from './rule.ts';

export const predictedRows: LintRule = {
  name: 'predicted-rows',
  summary: 'each row has a prediction, and not the cells of the sample',
  run: ({ submission, unpredicted }) => {
    const rows = submission.rows.filter(({ id }) => unpredicted.has(id));
    if (rows.length === 0) return [];
    return [
      {
        severity: 'warning',
        message: `${plural(rows.length, 'row')} without a prediction, with the cells of the sample: ${quoteRows(rows)}`,
        rows: exampleRows(rows),
        fix: 'add the images that are missing or damaged; graders score these cells like all others',
      },
    ];
  },
};
