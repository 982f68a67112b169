import { count, examples, type LintRule, labelsIn, named, rowsWhere } from '../finding.ts';

export const labelCount: LintRule = {
  name: 'label-count',
  summary: 'as many labels in a cell as there may be, none twice',
  run: (context) =>
    context.columns.flatMap((column) => {
      const { name, rule } = column;
      if (rule.kind !== 'labels') return [];
      const { least, most, separator } = rule;
      const labels = (cell: string) => labelsIn(cell, separator);
      const amount = rowsWhere(context, column, (cell) => {
        const { length } = labels(cell);
        return length < least || length > most;
      });
      const twice = rowsWhere(context, column, (cell) => new Set(labels(cell)).size < labels(cell).length);
      const wanted = least === most ? String(least) : `${least} to ${most}`;
      return [
        ...(amount.rows.length === 0
          ? []
          : [
              {
                severity: 'error' as const,
                message: `${count(amount.rows.length, 'cell')} of "${name}" without ${wanted} labels: ${JSON.stringify(amount.cell)} in ${named(amount.rows)}`,
                rows: examples(amount.rows),
                fix: 'see submission.k, or submission.atLeast, atMost and none',
              },
            ]),
        ...(twice.rows.length === 0
          ? []
          : [
              {
                severity: 'error' as const,
                message: `${count(twice.rows.length, 'cell')} of "${name}" with a label twice: ${JSON.stringify(twice.cell)} in ${named(twice.rows)}`,
                rows: examples(twice.rows),
                fix: 'write each label once; a second one counts as wrong, or as nothing',
              },
            ]),
      ];
    }),
};
