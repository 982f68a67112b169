import type { Check, Finding } from './check.ts';

export const missingGroups: Check = {
  name: 'missing-groups',
  summary: 'columns that look as if they tied rows together, while no group is set',
  run: ({ description }) =>
    (description.possibleGroups ?? []).map(
      ({ table, column, groups, rows }): Finding => ({
        check: 'missing-groups',
        severity: 'warning',
        message: `the column "${column}" of ${table} has ${groups} values in ${rows} rows, and rows have no group`,
        rows: [],
        fix: `if images with the same ${column} show the same thing, set group: "${column}", so that folds keep them together`,
      }),
    ),
};
