import { parseNumber } from '../csv/parse-number.ts';
import { countLabels } from '../lint/count-labels.ts';
import { percent, rounded } from '../lint/describe-rows.ts';
import type { LintColumn, LintContext, LintRule, OutOfFoldCells, RuleFinding } from './rule.ts';

/** Standard deviations beyond what two samples of one distribution differ by. */
const SURPRISING = 3;

const FIX =
  'if the test set is known to have another class mix, accept this; otherwise check whether test images are read differently from training images';

export const classMix: LintRule = {
  name: 'class-mix',
  summary: 'classes are as frequent as in the out-of-fold predictions',
  run: (context) => {
    const { outOfFold, submission, columns } = context;
    if (outOfFold === undefined || submission.rows.length === 0) return [];
    return columns.flatMap((column) =>
      column.type.kind === 'number'
        ? meanShift(context, column, outOfFold)
        : labelShift(context, column, outOfFold),
    );
  },
};

/**
 * Total variation distance of the two mixes, against what chance gives: its mean for two samples of one distribution, plus
 * three times its largest possible standard deviation (Efron-Stein: no row moves it by more than 1 / n).
 */
function labelShift(
  { submission, limits }: LintContext,
  column: LintColumn,
  oof: OutOfFoldCells,
): RuleFinding[] {
  const { type, position, formIndex } = column;
  const now = countLabels(type, submission.rows.length, (row) => submission.rows[row]!.cells[position]!);
  const before = countLabels(type, oof.rows, (row) => oof.cells(row)[formIndex]!);
  if (now.total === 0 || before.total === 0) return [];
  const noise = 1 / independentRows(now.rows, oof) + 1 / oof.independentRows;
  let distance = 0;
  let expected = 0;
  let largest = { name: '', now: 0, before: 0 };
  for (const name of [...new Set([...before.byLabel.keys(), ...now.byLabel.keys()])].sort()) {
    const p = (now.byLabel.get(name) ?? 0) / now.total;
    const q = (before.byLabel.get(name) ?? 0) / before.total;
    distance += Math.abs(p - q) / 2;
    const share = (now.total * p + before.total * q) / (now.total + before.total);
    expected += Math.sqrt((2 / Math.PI) * share * (1 - share) * noise) / 2;
    if (Math.abs(p - q) > Math.abs(largest.now - largest.before)) largest = { name, now: p, before: q };
  }
  if (distance <= Math.max(limits.classMixDistance, expected + (SURPRISING * Math.sqrt(noise)) / 2))
    return [];
  return [
    {
      severity: 'warning',
      message: `the class mix of "${column.name}" differs from the out-of-fold predictions in ${percent(distance)} of the rows (by chance: ${percent(expected)}), most of all ${JSON.stringify(largest.name)}: ${percent(largest.now)} instead of ${percent(largest.before)}`,
      rows: [],
      fix: FIX,
    },
  ];
}

/**
 * Compares the means of a column of probabilities, or numbers, in standard errors of their difference. A difference that is
 * small for a probability may be large or tiny for another number: that is measured by the spread of the column.
 */
function meanShift(
  { submission, limits }: LintContext,
  { name, position, formIndex, type }: LintColumn,
  oof: OutOfFoldCells,
): RuleFinding[] {
  const now = moments(submission.rows.length, (row) => submission.rows[row]!.cells[position]!);
  const before = moments(oof.rows, (row) => oof.cells(row)[formIndex]!);
  const error = Math.sqrt(
    now.variance / independentRows(submission.rows.length, oof) + before.variance / oof.independentRows,
  );
  const difference = Math.abs(now.mean - before.mean);
  // One more than for labels: among hundreds of columns, one is always beyond three.
  const isProbability = type.kind === 'number' && type.min === 0 && type.max === 1;
  const least = limits.classMixDistance * (isProbability ? 1 : Math.sqrt(before.variance));
  if (!(difference > Math.max(least, (SURPRISING + 1) * error))) return [];
  return [
    {
      severity: 'warning',
      message: `the mean of "${name}" is ${rounded(now.mean)}, out of fold ${rounded(before.mean)} (by chance: ${rounded(error)})`,
      rows: [],
      fix: FIX,
    },
  ];
}

/** The test rows' groups are unknown; assume they are as large as those of the training rows. */
function independentRows(rows: number, oof: OutOfFoldCells): number {
  return Math.max(1, (rows * oof.independentRows) / oof.rows);
}

function moments(rows: number, cell: (row: number) => string): { mean: number; variance: number } {
  let [sum, squares] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const value = parseNumber(cell(row));
    sum += value;
    squares += value * value;
  }
  const mean = sum / rows;
  return { mean, variance: Math.max(0, squares / rows - mean * mean) };
}
