import { type LintColumn, labelsIn } from '../finding.ts';

/** How often each label occurs. */
export interface LabelCounts {
  readonly rows: number;
  /** By label; of several in a cell, each counts. */
  readonly labels: ReadonlyMap<string, number>;
  readonly total: number;
  /** By whole cell. */
  readonly whole: ReadonlyMap<string, number>;
}

/** Counts the labels of a column. */
export function labelsOf({ rule }: LintColumn, rows: number, cell: (row: number) => string): LabelCounts {
  const labels = new Map<string, number>();
  const whole = new Map<string, number>();
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const text = cell(row);
    whole.set(text, (whole.get(text) ?? 0) + 1);
    for (const name of rule.kind === 'labels' ? labelsIn(text, rule.separator) : [text]) {
      labels.set(name, (labels.get(name) ?? 0) + 1);
      total++;
    }
  }
  return { rows, labels, total, whole };
}
