import { count, examples, type LintRule, named } from '../finding.ts';

export const doubledRows: LintRule = {
  name: 'doubled-rows',
  summary: 'no id twice',
  run: ({ byId }) => {
    const rows = [...byId.values()].flatMap(([, ...again]) => again);
    if (rows.length === 0) return [];
    return [
      {
        severity: 'error',
        message: `${count(rows.length, 'row')} whose id has a row already: ${named(rows)}`,
        rows: examples(rows),
        fix: 'keep one row an id',
      },
    ];
  },
};
