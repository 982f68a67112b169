import { count, examples, type LintRule, named, numberOf } from '../finding.ts';

export const sumsToOne: LintRule = {
  name: 'sums-to-one',
  summary: 'probabilities of classes that exclude each other sum to 1 in each row',
  run: ({ submission, form, limits }) =>
    form.sums.flatMap((set) => {
      const places = set.map((name) => submission.columns.indexOf(name));
      if (places.includes(-1)) return [];
      const sumOf = (cells: readonly string[]) => places.reduce((sum, at) => sum + numberOf(cells[at]!), 0);
      const rows = submission.rows.filter(({ cells }) => Math.abs(sumOf(cells) - 1) > limits.sum);
      const [first] = rows;
      if (first === undefined) return [];
      const what = `the probabilities of ${count(rows.length, 'row')} do not sum to 1`;
      return [
        {
          severity: 'error' as const,
          message: `${what} (${set[0]} to ${set.at(-1)}): ${Number(sumOf(first.cells).toPrecision(6))} in ${named(rows)}`,
          rows: examples(rows),
          fix: 'divide each row by its sum, or write more decimals (submission.decimals)',
        },
      ];
    }),
};
