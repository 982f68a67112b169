import { labelsOf } from '../columns/label-counts.ts';
import type { LintRule } from '../finding.ts';

/** Less likely by chance than this, a single class is an error. */
const IMPOSSIBLE = 1e-6;

export const oneClass: LintRule = {
  name: 'one-class',
  summary: 'not the same label in all rows',
  run: (context) => {
    const { submission, outOfFold } = context;
    const n = submission.rows.length;
    if (n < 2) return [];
    return context.columns.flatMap((column) => {
      if (column.rule.kind === 'number' || column.rule.labels.size < 2) return [];
      const seen = new Set(submission.rows.map(({ cells }) => cells[column.at]));
      if (seen.size > 1) return [];
      const [only = ''] = seen as Set<string>;
      const counts =
        outOfFold && labelsOf(column, outOfFold.rows, (row) => outOfFold.cells(row)[column.index]!);
      const share = counts && (counts.whole.get(only) ?? 0) / counts.rows;
      const impossible = share !== undefined && share ** n < IMPOSSIBLE;
      const expected = share === undefined ? '' : `; of the out-of-fold rows ${percent(share)} have it`;
      return [
        {
          severity: impossible ? ('error' as const) : ('warning' as const),
          message: `all ${n} rows of "${column.name}" say ${JSON.stringify(only)}${expected}`,
          rows: [],
          fix: 'look at some test images and their probabilities: are they read and normalized as in training?',
        },
      ];
    });
  },
};

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
