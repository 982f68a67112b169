import { count, examples, type LintRule, named, numberOf, rowsWhere } from '../finding.ts';

export const inRange: LintRule = {
  name: 'in-range',
  summary: 'no number outside the range of its column',
  run: (context) =>
    context.columns.flatMap((column) => {
      const { name, rule } = column;
      if (rule.kind !== 'number') return [];
      const { rows, cell } = rowsWhere(context, column, (text) => {
        const value = numberOf(text);
        return value < rule.low || value > rule.high;
      });
      if (rows.length === 0) return [];
      return [
        {
          severity: 'error' as const,
          message: `${count(rows.length, 'number')} of "${name}" outside [${rule.low}, ${rule.high}]: ${cell.trim()} in ${named(rows)}`,
          rows: examples(rows),
          fix: 'write probabilities, not logits or percentages',
        },
      ];
    }),
};
