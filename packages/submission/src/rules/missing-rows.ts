import { count, examples, type LintRule, named } from '../finding.ts';

export const missingRows: LintRule = {
  name: 'missing-rows',
  summary: 'a row for each id of the sample',
  run: ({ sample, byId }) => {
    const rows = sample.rows.filter(({ id }) => !byId.has(id));
    if (rows.length === 0) return [];
    return [
      {
        severity: 'error',
        message: `${count(rows.length, 'id')} of ${sample.file} without a row: ${named(rows)}`,
        rows: examples(rows),
        fix: 'predict them; ids must be written exactly as the sample has them, extension and leading zeros included',
      },
    ];
  },
};
