import type { LintRule } from './rule.ts';

/** Fewer rows could all be copies of one image. */
const MIN_ROWS_FOR_ERROR = 20;

export const constantProbabilities: LintRule = {
  name: 'constant-probabilities',
  summary: 'rows do not all have the same numbers',
  run: ({ submission, columns }) => {
    const numbers = columns.filter(({ type }) => type.kind === 'number');
    const n = submission.rows.length;
    const first = submission.rows[0];
    if (numbers.length === 0 || n < 2 || first === undefined) return [];
    if (
      submission.rows.some(({ cells }) =>
        numbers.some(({ position }) => cells[position] !== first.cells[position]),
      )
    )
      return [];
    const areProbabilities = numbers.every(
      ({ type }) => type.kind === 'number' && type.min === 0 && type.max === 1,
    );
    const shown = numbers.slice(0, 4).map(({ position }) => first.cells[position]);
    return [
      {
        severity: n < MIN_ROWS_FOR_ERROR ? 'warning' : 'error',
        message: `all ${n} rows have the same ${areProbabilities ? 'probabilities' : 'numbers'}: ${shown.join(', ')}${numbers.length > shown.length ? ', ...' : ''}`,
        rows: [],
        fix: 'the output does not depend on the image: check what the model gets as input, and whether its weights were loaded',
      },
    ];
  },
};
