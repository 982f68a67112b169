import { exampleRows, plural, quoteRows } from '../lint/describe-rows.ts';
import type { LintRule } from './rule.ts';

export const missingRows: LintRule = {
  name: 'missing-rows',
  summary: 'each id of the sample has a row',
  run: ({ sample, rowsById }) => {
    const rows = sample.rows.filter(({ id }) => !rowsById.has(id));
    if (rows.length === 0) return [];
    return [
      {
        severity: 'error',
        message: `${plural(rows.length, 'id')} of ${sample.file} without a row: ${quoteRows(rows)}`,
        rows: exampleRows(rows),
        fix: 'predict them; write ids exactly as in the sample, with extension and leading zeros',
      },
    ];
  },
};
