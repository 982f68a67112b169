import { FORMULA } from '@podium/core';
import { exampleRows, plural, quoteRows } from '../lint/describe-rows.ts';
import type { LintRule } from './rule.ts';

export const noFormulas: LintRule = {
  name: 'no-formulas',
  summary: 'no cell begins as a formula that a spreadsheet would run',
  run: ({ submission }) => {
    const isFormula = (cell: string) => FORMULA.test(cell);
    const rows = submission.rows.filter(({ cells }) => cells.some(isFormula));
    const names = submission.columns.filter(isFormula);
    const [first = ''] = [...names, ...(rows[0]?.cells ?? []).filter(isFormula)];
    if (first === '') return [];
    const places = [
      ...(names.length === 0 ? [] : [plural(names.length, 'column name')]),
      ...(rows.length === 0 ? [] : [`${plural(rows.length, 'row')}: ${quoteRows(rows)}`]),
    ];
    return [
      {
        severity: 'warning',
        message: `a spreadsheet would take text for a formula and run it, such as ${JSON.stringify(first)}, in ${places.join(' and ')}`,
        rows: exampleRows(rows),
        fix: 'upload the file as it is, which graders need, and look at it in a text editor',
      },
    ];
  },
};
