import type { Predictions } from '@podium/core';
import type { BoundForm, CellRule } from './form.ts';
import type { SampleSubmission } from './sample.ts';
import type { SubmissionRow, SubmissionTable } from './table.ts';

/** A row that shows what is meant. */
export interface ExampleRow {
  /** One-based line of the submission; for rows that it lacks, of the sample. */
  readonly line: number;
  readonly id: string;
}

/** `error`: the submission must not be sent. `warning`: look before you send it. */
export interface LintFinding {
  /** The rule's name: what `accept` takes. */
  readonly rule: string;
  readonly severity: 'error' | 'warning';
  /** One sentence with numbers and an example. */
  readonly message: string;
  /** The first of the rows concerned. */
  readonly rows: readonly ExampleRow[];
  /** What to do about it, as an instruction. */
  readonly fix: string;
}

/** Which folds had a part in a submission. */
export interface FoldParts {
  readonly expected: readonly number[];
  /** By member of the ensemble (a model, a seed): the folds whose models predicted the test rows. */
  readonly contributed: Readonly<Record<string, readonly number[]>>;
}

/** Numbers that rules measure against. */
export interface LintLimits {
  /** How far a row of probabilities may be from a sum of 1. Default 0.001. */
  readonly sum: number;
  /** Share of rows decided otherwise than in the last submission from which to warn. Default 0.5. */
  readonly changed: number;
  /** Difference of class mixes, half the sum of differing shares, up to which nothing is said. Default 0.03. */
  readonly mix: number;
}

/** What rules look at. */
export interface LintContext {
  readonly submission: SubmissionTable;
  readonly sample: SampleSubmission;
  readonly form: BoundForm;
  /** Rows of the submission by id, in the file's order. */
  readonly byId: ReadonlyMap<string, readonly SubmissionRow[]>;
  /** The columns that the form fills and the submission has, with their places in it. */
  readonly columns: readonly LintColumn[];
  /** The cells that the same form writes for the out-of-fold predictions. */
  readonly outOfFold: OutOfFoldCells | undefined;
  readonly folds: FoldParts | undefined;
  /** What was sent last. */
  readonly previous: SubmissionTable | undefined;
  readonly limits: LintLimits;
}

export interface LintColumn {
  readonly name: string;
  readonly rule: CellRule;
  /** In the submission. */
  readonly at: number;
  /** Among the form's columns. */
  readonly index: number;
}

export interface OutOfFoldCells {
  readonly rows: number;
  /** Independent ones: groups where there are any. */
  readonly units: number;
  /** Of a row, in the order of the form's columns. */
  readonly cells: (row: number) => readonly string[];
}

/** One thing to look for in a submission. */
export interface LintRule {
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  readonly run: (context: LintContext) => readonly Omit<LintFinding, 'rule'>[];
}

/** By head. */
export type PredictionsByHead = Readonly<Record<string, Predictions>>;

const MOST_EXAMPLES = 10;
const MOST_NAMED = 3;

/** The first of some rows, for a finding. */
export function examples(rows: readonly SubmissionRow[]): ExampleRow[] {
  return rows.slice(0, MOST_EXAMPLES).map(({ line, id }) => ({ line, id }));
}

/** `1 row`, `3 rows`. */
export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}

/** `"a" (line 2), "b" (line 5), ...`. */
export function named(rows: readonly SubmissionRow[]): string {
  const shown = rows.slice(0, MOST_NAMED).map(({ id, line }) => `${JSON.stringify(id)} (line ${line})`);
  return `${shown.join(', ')}${rows.length > shown.length ? ', ...' : ''}`;
}

/** The rows whose cell in a column is of a kind, with the first such cell. */
export function rowsWhere(
  { submission }: LintContext,
  { at }: LintColumn,
  wrong: (cell: string) => boolean,
): { readonly rows: readonly SubmissionRow[]; readonly cell: string } {
  const rows = submission.rows.filter(({ cells }) => wrong(cells[at]!));
  return { rows, cell: rows[0]?.cells[at] ?? '' };
}

/** A cell as a grader reads it; NaN for what is no finite number, an empty cell too. */
export function numberOf(cell: string): number {
  const text = cell.trim();
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}

/** The labels in a cell of several. */
export function labelsIn(cell: string, separator: string): string[] {
  return cell === '' ? [] : cell.split(separator);
}
