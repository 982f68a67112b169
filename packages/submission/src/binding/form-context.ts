import type { Head } from '@podium/dataset';
import { type ColumnSummary, summarizeColumn } from '../columns/summarize-column.ts';
import type { SampleSubmission } from '../csv/read-sample.ts';
import { type FormContext, type Information, settingError } from '../forms/form.ts';

/** What tables write into empty cells; a class may be called that. */
const NOTHING = /^(nan|null|none|n\/a|<na>)$/i;

/** What is known besides the sample. */
export interface DetectOptions {
  /** What the competition's metric is computed from. It tells labels 0 and 1 from probabilities. */
  readonly needs?: Information | undefined;
  /** How many ranks the metric looks at, if it needs a ranking: 5 for `top-5`. */
  readonly ranks?: number | undefined;
  /** What separates labels in the cells of the training table. */
  readonly separator?: string | undefined;
  /** Columns to leave as they are in the sample. */
  readonly keep?: readonly string[];
}

/**
 * What forms are detected from and bound to. Column summaries are computed on first use.
 * @throws PodiumError `submission-settings` for an unknown column in `keep`
 */
export function formContext(
  sample: SampleSubmission,
  heads: readonly Head[],
  { needs, ranks, separator, keep = [] }: DetectOptions,
): FormContext {
  for (const [i, name] of keep.entries()) {
    if (sample.valueColumns.includes(name)) continue;
    throw settingError(`keep[${i}]`, {
      message: `${sample.file} has no such column besides the id`,
      expected: sample.valueColumns,
      got: JSON.stringify(name),
      fix: 'take it out of the list',
    });
  }
  const classes = new Set(heads.flatMap((head) => head.classes));
  const isNothing = (cell: string) => NOTHING.test(cell) && !classes.has(cell);
  const summaries = new Map<string, ColumnSummary>();
  const summary = (name: string): ColumnSummary => {
    const found = summaries.get(name) ?? summarizeColumn(sample, name, isNothing);
    summaries.set(name, found);
    return found;
  };
  const kept = new Map<string, string>();
  for (const name of sample.valueColumns) {
    const reason = keep.includes(name) ? undefined : reasonToKeep(summary(name), heads);
    if (reason !== undefined) kept.set(name, reason);
  }
  return {
    sample,
    columns: sample.valueColumns.filter((name) => !keep.includes(name) && !kept.has(name)),
    kept,
    heads,
    needs,
    ranks,
    separator,
    summary,
  };
}

/** Why nobody predicts this column: pandas' row numbers, and which rows the public leaderboard is computed from. */
function reasonToKeep({ name, values }: ColumnSummary, heads: readonly Head[]): string | undefined {
  if (name === '') return 'a column without a name: the row numbers of pandas';
  const isPredicted = heads.some((head) => head.name === name || head.classes.includes(name));
  const isUsage = /^usage$/i.test(name) && values.size > 0;
  const areParts = [...values].every((value) => /^(public|private|ignored?)$/i.test(value));
  return isUsage && areParts && !isPredicted
    ? 'it says which rows the public leaderboard is computed from'
    : undefined;
}
