import { parseNumber } from '../csv/parse-number.ts';
import { exampleRows, plural, quoteRows, rowsWhere } from '../lint/describe-rows.ts';
import type { LintRule } from './rule.ts';

export const finiteNumbers: LintRule = {
  name: 'finite-numbers',
  summary: 'cells of number columns are finite numbers',
  run: (context) =>
    context.columns
      .filter(({ type }) => type.kind === 'number')
      .flatMap((column) => {
        const { rows, cell } = rowsWhere(context, column, (text) => Number.isNaN(parseNumber(text)));
        if (rows.length === 0) return [];
        return [
          {
            severity: 'error',
            message: `${plural(rows.length, 'cell')} of "${column.name}" without a finite number: ${JSON.stringify(cell)} in ${quoteRows(rows)}`,
            rows: exampleRows(rows),
            fix: 'look for the cause: a diverged model, an unreadable image, a division by zero',
          },
        ];
      }),
};
