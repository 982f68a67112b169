import type { LintRule } from '../finding.ts';

/** Fewer rows may well be copies of one image. */
const FEW = 20;

export const constantProbabilities: LintRule = {
  name: 'constant-probabilities',
  summary: 'not the same numbers in all rows',
  run: ({ submission, columns }) => {
    const numbers = columns.filter(({ rule }) => rule.kind === 'number');
    const n = submission.rows.length;
    const first = submission.rows[0];
    if (numbers.length === 0 || n < 2 || first === undefined) return [];
    if (submission.rows.some(({ cells }) => numbers.some(({ at }) => cells[at] !== first.cells[at])))
      return [];
    const shown = numbers.slice(0, 4).map(({ at }) => first.cells[at]);
    return [
      {
        severity: n < FEW ? ('warning' as const) : ('error' as const),
        message: `all ${n} rows have the same probabilities: ${shown.join(', ')}${numbers.length > 4 ? ', ...' : ''}`,
        rows: [],
        fix: 'the model does not see the images: look at what it gets, and whether its weights were loaded',
      },
    ];
  },
};
