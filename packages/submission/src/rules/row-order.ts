import { examples, type LintRule, named } from '../finding.ts';

export const rowOrder: LintRule = {
  name: 'row-order',
  summary: "rows in the sample's order",
  run: ({ submission, sample, byId }) => {
    // Other rules say what is missing, strange or doubled; without those, an order can be told.
    const known = new Set(sample.ids);
    const rows = submission.rows.filter(({ id }, i, all) => known.has(id) && byId.get(id)?.[0] === all[i]);
    const wanted = sample.ids.filter((id) => byId.has(id));
    const at = rows.findIndex(({ id }, i) => id !== wanted[i]);
    const row = rows[at];
    if (row === undefined) return [];
    return [
      {
        severity: 'error',
        message: `the rows are not in the order of ${sample.file}: ${named([row])} stands where ${JSON.stringify(wanted[at])} belongs`,
        rows: examples([row]),
        fix: "sort the rows as the sample's; some graders compare line by line",
      },
    ];
  },
};
