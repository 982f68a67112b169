import { didYouMean } from '@podium/core';
import { count, examples, type LintRule, labelsIn, named, rowsWhere } from '../finding.ts';

export const knownClasses: LintRule = {
  name: 'known-classes',
  summary: 'no label that the competition does not know',
  run: (context) =>
    context.columns.flatMap((column) => {
      const { name, rule } = column;
      if (rule.kind === 'number') return [];
      const split = (cell: string) => (rule.kind === 'labels' ? labelsIn(cell, rule.separator) : [cell]);
      const isStrange = (text: string) => !rule.labels.has(text);
      const { rows, cell } = rowsWhere(context, column, (text) => split(text).some(isStrange));
      if (rows.length === 0) return [];
      const strange = split(cell).find(isStrange) ?? '';
      const near = didYouMean(strange, rule.labels);
      return [
        {
          severity: 'error' as const,
          message: `${count(rows.length, 'cell')} of "${name}" with an unknown label: ${JSON.stringify(strange)} in ${named(rows)}${near === undefined ? '' : ` (did you mean ${JSON.stringify(near)}?)`}`,
          rows: examples(rows),
          fix: `write labels as the competition does, such as ${[...rule.labels]
            .slice(0, 3)
            .map((text) => JSON.stringify(text))
            .join(', ')}; set submission.names where Podium's classes are called otherwise`,
        },
      ];
    }),
};
