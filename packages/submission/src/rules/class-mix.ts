import { labelsOf } from '../columns/label-counts.ts';
import { type LintColumn, type LintContext, type LintFinding, type LintRule, numberOf } from '../finding.ts';

/** Standard deviations beyond what two samples of one mixture differ by. */
const SURPRISING = 3;

export const classMix: LintRule = {
  name: 'class-mix',
  summary: 'classes as often as the same form writes them for the out-of-fold predictions',
  run: (context) => {
    if (context.outOfFold === undefined || context.submission.rows.length === 0) return [];
    return context.columns.flatMap((column) =>
      column.rule.kind === 'number' ? meanShift(context, column) : labelShift(context, column),
    );
  },
};

/**
 * Half the sum of the shares' differences, against what chance makes of it: its mean for two samples of one mixture, and
 * three times the largest standard deviation that it can have (Efron-Stein: no row moves it by more than 1 / n).
 */
function labelShift(context: LintContext, column: LintColumn): Omit<LintFinding, 'rule'>[] {
  const { submission, limits } = context;
  const oof = context.outOfFold!;
  const now = labelsOf(column, submission.rows.length, (row) => submission.rows[row]!.cells[column.at]!);
  const before = labelsOf(column, oof.rows, (row) => oof.cells(row)[column.index]!);
  if (now.total === 0 || before.total === 0) return [];
  const noise = 1 / units(now.rows, oof) + 1 / oof.units;
  let distance = 0;
  let expected = 0;
  let largest = { name: '', now: 0, before: 0 };
  for (const name of [...new Set([...before.labels.keys(), ...now.labels.keys()])].sort()) {
    const [p, q] = [(now.labels.get(name) ?? 0) / now.total, (before.labels.get(name) ?? 0) / before.total];
    distance += Math.abs(p - q) / 2;
    const share = (now.total * p + before.total * q) / (now.total + before.total);
    expected += Math.sqrt((2 / Math.PI) * share * (1 - share) * noise) / 2;
    if (Math.abs(p - q) > Math.abs(largest.now - largest.before)) largest = { name, now: p, before: q };
  }
  if (distance <= Math.max(limits.mix, expected + (SURPRISING * Math.sqrt(noise)) / 2)) return [];
  return [
    {
      severity: 'warning',
      message: `the classes of "${column.name}" are mixed otherwise than out of fold: ${percent(distance)} of the rows would have to change (chance: ${percent(expected)}), most of all ${JSON.stringify(largest.name)}, ${percent(largest.now)} against ${percent(largest.before)}`,
      rows: [],
      fix: 'if the test set is known to be mixed otherwise, go on; else look for test images that are read otherwise than training images',
    },
  ];
}

/** Means of a column of probabilities, in standard errors of their difference. */
function meanShift(
  { submission, outOfFold, limits }: LintContext,
  column: LintColumn,
): Omit<LintFinding, 'rule'>[] {
  const oof = outOfFold!;
  const now = moments(submission.rows.length, (row) => submission.rows[row]!.cells[column.at]!);
  const before = moments(oof.rows, (row) => oof.cells(row)[column.index]!);
  const error = Math.sqrt(now.variance / units(submission.rows.length, oof) + before.variance / oof.units);
  const difference = Math.abs(now.mean - before.mean);
  // Not by a set's many columns: one of hundreds is always beyond three.
  if (!(difference > Math.max(limits.mix, (SURPRISING + 1) * error))) return [];
  return [
    {
      severity: 'warning',
      message: `the mean of "${column.name}" is ${rounded(now.mean)}, out of fold ${rounded(before.mean)} (chance: ${rounded(error)})`,
      rows: [],
      fix: 'if the test set is known to be mixed otherwise, go on; else look for test images that are read otherwise than training images',
    },
  ];
}

/** Independent rows of the submission: its groups are not known, but likely as large as those of the training rows. */
function units(rows: number, oof: { readonly rows: number; readonly units: number }): number {
  return Math.max(1, (rows * oof.units) / oof.rows);
}

function moments(rows: number, cell: (row: number) => string): { mean: number; variance: number } {
  let [sum, squares] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const value = numberOf(cell(row));
    sum += value;
    squares += value * value;
  }
  const mean = sum / rows;
  return { mean, variance: Math.max(0, squares / rows - mean * mean) };
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(3)));
}
