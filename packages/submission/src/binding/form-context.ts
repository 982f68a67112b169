import type { Head } from '@podium/dataset';
import { type ColumnSummary, summarizeColumn } from '../columns/summarize-column.ts';
import type { SampleSubmission } from '../csv/read-sample.ts';
import { type FormContext, settingError } from '../forms/form.ts';

/** What is known besides the sample. */
export interface DetectOptions {
  /** What the competition's metric needs. It tells labels 0 and 1 from probabilities. */
  readonly needs?: 'classes' | 'probabilities';
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
  { needs, keep = [] }: DetectOptions,
): FormContext {
  for (const [i, name] of keep.entries()) {
    if (sample.valueColumns.includes(name)) continue;
    throw settingError(`keep[${i}]`, {
      message: `${sample.file} has no such column besides the id`,
      expected: sample.valueColumns,
      got: JSON.stringify(name),
    });
  }
  const summaries = new Map<string, ColumnSummary>();
  return {
    sample,
    columns: sample.valueColumns.filter((name) => !keep.includes(name)),
    heads,
    needs,
    summary: (name) => {
      const summary = summaries.get(name) ?? summarizeColumn(sample, name);
      summaries.set(name, summary);
      return summary;
    },
  };
}
