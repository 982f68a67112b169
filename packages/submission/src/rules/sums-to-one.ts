import { parseNumber } from '../csv/parse-number.ts';
import { exampleRows, plural, quoteRows } from '../lint/describe-rows.ts';
import type { LintRule } from './rule.ts';

export const sumsToOne: LintRule = {
  name: 'sums-to-one',
  summary: 'probabilities of mutually exclusive classes sum to 1 in each row',
  run: ({ submission, form, limits }) =>
    form.sums.flatMap((names) => {
      const positions = names.map((name) => submission.columns.indexOf(name));
      if (positions.includes(-1)) return [];
      const sumOf = (cells: readonly string[]) =>
        positions.reduce((sum, position) => sum + parseNumber(cells[position]!), 0);
      const rows = submission.rows.filter(({ cells }) => Math.abs(sumOf(cells) - 1) > limits.sumTolerance);
      const [first] = rows;
      if (first === undefined) return [];
      const sum = Number(sumOf(first.cells).toPrecision(6));
      return [
        {
          severity: 'error',
          message: `the probabilities of ${plural(rows.length, 'row')} do not sum to 1 (${names[0]} to ${names.at(-1)}): ${sum} in ${quoteRows(rows)}`,
          rows: exampleRows(rows),
          fix: 'divide each row by its sum, or write more decimals (submission.options.decimals)',
        },
      ];
    }),
};
