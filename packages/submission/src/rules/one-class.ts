import { countLabels } from '../lint/count-labels.ts';
import { percent } from '../lint/describe-rows.ts';
import type { LintRule } from './rule.ts';

/** A single class is an error if chance makes it less likely than this. */
const IMPOSSIBLE = 1e-6;

export const oneClass: LintRule = {
  name: 'one-class',
  summary: 'rows do not all have the same label',
  run: ({ submission, outOfFold, columns }) => {
    const n = submission.rows.length;
    if (n < 2) return [];
    return columns.flatMap(({ name, type, position, formIndex }) => {
      if (type.kind === 'number' || type.labels.size < 2) return [];
      const [only, ...others] = new Set(submission.rows.map(({ cells }) => cells[position]!));
      if (only === undefined || others.length > 0) return [];
      const before =
        outOfFold && countLabels(type, outOfFold.rows, (row) => outOfFold.cells(row)[formIndex]!);
      const share = before && (before.byCell.get(only) ?? 0) / before.rows;
      const isImpossible = share !== undefined && share ** n < IMPOSSIBLE;
      const expected = share === undefined ? '' : `; ${percent(share)} of the out-of-fold rows have it`;
      return [
        {
          severity: isImpossible ? 'error' : 'warning',
          message: `all ${n} rows of "${name}" have ${JSON.stringify(only)}${expected}`,
          rows: [],
          fix: 'look at some test images and their probabilities: are they read and normalized as in training?',
        },
      ];
    });
  },
};
