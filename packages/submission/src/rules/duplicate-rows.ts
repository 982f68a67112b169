import { exampleRows, plural, quoteRows } from '../lint/describe-rows.ts';
import type { LintRule } from './rule.ts';

export const duplicateRows: LintRule = {
  name: 'duplicate-rows',
  summary: 'each id has one row',
  run: ({ rowsById }) => {
    const rows = [...rowsById.values()].flatMap(([, ...duplicates]) => duplicates);
    if (rows.length === 0) return [];
    return [
      {
        severity: 'error',
        message: `${plural(rows.length, 'row')} with an id that an earlier row has: ${quoteRows(rows)}`,
        rows: exampleRows(rows),
        fix: 'keep one row per id',
      },
    ];
  },
};
