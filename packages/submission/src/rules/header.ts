import { quoteNames } from '../lint/describe-rows.ts';
import type { LintRule } from './rule.ts';

const MAX_QUOTED = 4;

export const header: LintRule = {
  name: 'header',
  summary: "columns are the sample's, in the same order",
  run: ({ submission: { columns }, sample }) => {
    const expected = sample.columns;
    if (columns.length === expected.length && columns.every((name, c) => name === expected[c])) return [];
    const missing = expected.filter((name) => !columns.includes(name));
    const unknown = columns.filter((name) => !expected.includes(name));
    const problem =
      missing.length + unknown.length === 0
        ? 'the columns are in another order'
        : [
            ...(missing.length > 0 ? [`without ${quoteNames(missing, MAX_QUOTED)}`] : []),
            ...(unknown.length > 0
              ? [`with ${quoteNames(unknown, MAX_QUOTED)}, which the sample does not have`]
              : []),
          ].join(' and ');
    return [
      {
        severity: 'error',
        message: `the header differs from the sample's: ${problem}`,
        rows: [],
        fix: `write the first line as in ${sample.file}: ${sample.style.header}`,
      },
    ];
  },
};
