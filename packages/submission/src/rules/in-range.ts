import { parseNumber } from '../csv/parse-number.ts';
import { exampleRows, plural, quoteRows, rowsWhere } from '../lint/describe-rows.ts';
import type { LintRule } from './rule.ts';

export const inRange: LintRule = {
  name: 'in-range',
  summary: 'numbers are in the range of their column',
  run: (context) =>
    context.columns.flatMap((column) => {
      const { name, type } = column;
      if (type.kind !== 'number') return [];
      const { rows, cell } = rowsWhere(context, column, (text) => {
        const value = parseNumber(text);
        return value < type.min || value > type.max;
      });
      if (rows.length === 0) return [];
      return [
        {
          severity: 'error',
          message: `${plural(rows.length, 'number')} of "${name}" outside [${type.min}, ${type.max}]: ${cell.trim()} in ${quoteRows(rows)}`,
          rows: exampleRows(rows),
          fix:
            type.min === 0 && type.max === 1
              ? 'write probabilities, not logits or percentages'
              : 'keep predictions within the bounds of the target',
        },
      ];
    }),
};
