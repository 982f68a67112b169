import type { SubmissionRow } from '../csv/submission-table.ts';
import type { ExampleRow, LintColumn, LintContext } from '../rules/rule.ts';

const MAX_EXAMPLES = 10;
const MAX_QUOTED = 3;

/** The first rows, for a finding. */
export function exampleRows(rows: readonly SubmissionRow[]): ExampleRow[] {
  return rows.slice(0, MAX_EXAMPLES).map(({ line, id }) => ({ line, id }));
}

/** `1 row`, `3 rows`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `"a" (line 2), "b" (line 5), ...`. */
export function quoteRows(rows: readonly SubmissionRow[]): string {
  const quoted = rows.slice(0, MAX_QUOTED).map(({ id, line }) => `${JSON.stringify(id)} (line ${line})`);
  return `${quoted.join(', ')}${rows.length > quoted.length ? ', ...' : ''}`;
}

/** `"a", "b", ... (12)`. */
export function quoteNames(names: readonly string[], max: number): string {
  const quoted = names.slice(0, max).map((name) => JSON.stringify(name));
  return `${quoted.join(', ')}${names.length > max ? `, ... (${names.length})` : ''}`;
}

/** `12.5 %`. */
export function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}

/** Three significant digits. */
export function rounded(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** The rows whose cell in a column is wrong, and the first wrong cell. */
export function rowsWhere(
  { submission }: LintContext,
  { position }: LintColumn,
  isWrong: (cell: string) => boolean,
): { readonly rows: readonly SubmissionRow[]; readonly cell: string } {
  const rows = submission.rows.filter(({ cells }) => isWrong(cells[position]!));
  return { rows, cell: rows[0]?.cells[position] ?? '' };
}
