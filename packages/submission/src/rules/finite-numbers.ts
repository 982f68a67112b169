import { count, examples, type LintRule, named, numberOf, rowsWhere } from '../finding.ts';

export const finiteNumbers: LintRule = {
  name: 'finite-numbers',
  summary: 'a finite number in each cell of a column of numbers',
  run: (context) =>
    context.columns
      .filter(({ rule }) => rule.kind === 'number')
      .flatMap((column) => {
        const { rows, cell } = rowsWhere(context, column, (text) => Number.isNaN(numberOf(text)));
        if (rows.length === 0) return [];
        return [
          {
            severity: 'error' as const,
            message: `${count(rows.length, 'cell')} of "${column.name}" without a finite number: ${JSON.stringify(cell)} in ${named(rows)}`,
            rows: examples(rows),
            fix: 'find what made it: a model that diverged, an image that could not be read, a division by 0',
          },
        ];
      }),
};
