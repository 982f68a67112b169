import { splitLabels } from '../lint/count-labels.ts';
import { exampleRows, plural, quoteRows, rowsWhere } from '../lint/describe-rows.ts';
import type { LintRule } from './rule.ts';

export const labelCount: LintRule = {
  name: 'label-count',
  summary: 'cells have the right number of labels, all different',
  run: (context) =>
    context.columns.flatMap((column) => {
      const { name, type } = column;
      if (type.kind !== 'labels') return [];
      const { minLabels, maxLabels } = type;
      const wrongCount = rowsWhere(context, column, (cell) => {
        const { length } = splitLabels(cell, type);
        return length < minLabels || length > maxLabels;
      });
      const repeated = rowsWhere(context, column, (cell) => {
        const labels = splitLabels(cell, type);
        return new Set(labels).size < labels.length;
      });
      const expected = minLabels === maxLabels ? String(minLabels) : `${minLabels} to ${maxLabels}`;
      return [
        {
          found: wrongCount,
          problem: `without ${expected} labels`,
          fix: 'see submission.options.k, or submission.options.atLeast, atMost and none',
        },
        {
          found: repeated,
          problem: 'with a repeated label',
          fix: 'write each label once; graders count a second one as wrong or ignore it',
        },
      ]
        .filter(({ found }) => found.rows.length > 0)
        .map(({ found: { rows, cell }, problem, fix }) => ({
          severity: 'error' as const,
          message: `${plural(rows.length, 'cell')} of "${name}" ${problem}: ${JSON.stringify(cell)} in ${quoteRows(rows)}`,
          rows: exampleRows(rows),
          fix,
        }));
    }),
};
