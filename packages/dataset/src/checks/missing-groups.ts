import type { Check, Finding } from './check.ts';

export const missingGroups: Check = {
  name: 'missing-groups',
  summary: 'columns that may group rows, while nothing groups them',
  run: ({ description: { possibleGroups = [] } }) => {
    if (possibleGroups.some(({ isChosen }) => isChosen)) return [];
    return possibleGroups.map(
      ({ table, column, groups, rows }): Finding => ({
        check: 'missing-groups',
        severity: 'warning',
        message: `the column "${column}" of ${table} has ${groups} values in ${rows} rows, but no group is set`,
        rows: [],
        splits: [],
        fix: `if images with the same ${column} show the same thing, set data.options.group: "${column}", to keep them in one fold`,
      }),
    );
  },
};
