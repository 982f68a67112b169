import { didYouMean } from '@podium/core';
import { splitLabels } from '../lint/count-labels.ts';
import { exampleRows, plural, quoteRows, rowsWhere } from '../lint/describe-rows.ts';
import type { LintRule } from './rule.ts';

export const knownClasses: LintRule = {
  name: 'known-classes',
  summary: "labels are the competition's",
  run: (context) =>
    context.columns.flatMap((column) => {
      const { name, type } = column;
      if (type.kind === 'number') return [];
      const isUnknown = (label: string) => !type.labels.has(label);
      const { rows, cell } = rowsWhere(context, column, (text) => splitLabels(text, type).some(isUnknown));
      if (rows.length === 0) return [];
      const unknown = splitLabels(cell, type).find(isUnknown) ?? '';
      const nearest = didYouMean(unknown, type.labels);
      const hint = nearest === undefined ? '' : ` (did you mean ${JSON.stringify(nearest)}?)`;
      const known = [...type.labels].slice(0, 3).map((label) => JSON.stringify(label));
      return [
        {
          severity: 'error',
          message: `${plural(rows.length, 'cell')} of "${name}" with an unknown label: ${JSON.stringify(unknown)} in ${quoteRows(rows)}${hint}`,
          rows: exampleRows(rows),
          fix: `write the competition's labels, such as ${known.join(', ')}; if they differ from Podium's classes, set submission.options.names`,
        },
      ];
    }),
};
