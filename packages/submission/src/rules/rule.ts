import type { SampleSubmission } from '../csv/read-sample.ts';
import type { SubmissionRow, SubmissionTable } from '../csv/submission-table.ts';
import type { BoundForm, FormColumn } from '../forms/form.ts';

/** A row that shows the problem. */
export interface ExampleRow {
  /** One-based line of the submission; for missing rows, of the sample. */
  readonly line: number;
  readonly id: string;
}

/** `error`: do not send the submission. `warning`: check it before you send it. */
export interface LintFinding {
  /** The rule's name, as `accept` takes it. */
  readonly rule: string;
  readonly severity: 'error' | 'warning';
  /** One sentence with numbers and an example. */
  readonly message: string;
  /** The first affected rows. */
  readonly rows: readonly ExampleRow[];
  /** What to do about it, as an instruction. */
  readonly fix: string;
}

/** Which folds a submission was predicted with. */
export interface FoldCoverage {
  readonly expected: readonly number[];
  /** Per ensemble member (a model and seed): the folds whose models predicted the test rows. */
  readonly contributed: Readonly<Record<string, readonly number[]>>;
}

export interface LintLimits {
  /** Largest distance of a row's probabilities from a sum of 1. Default 0.001. */
  readonly sumTolerance: number;
  /** Share of rows with another class than in the last submission, above which to warn. Default 0.5. */
  readonly changedShare: number;
  /** Total variation distance of two class mixes, up to which they count as equal. Default 0.03. */
  readonly classMixDistance: number;
}

/** What rules check. */
export interface LintContext {
  readonly submission: SubmissionTable;
  readonly sample: SampleSubmission;
  readonly form: BoundForm;
  /** Rows of the submission by id, in the order of the file. */
  readonly rowsById: ReadonlyMap<string, readonly SubmissionRow[]>;
  /** The form's columns that the submission has. */
  readonly columns: readonly LintColumn[];
  /** What the form writes for the out-of-fold predictions. */
  readonly outOfFold: OutOfFoldCells | undefined;
  readonly folds: FoldCoverage | undefined;
  /** Ids of rows that have no prediction. */
  readonly unpredicted: ReadonlySet<string>;
  /** The submission before this one. */
  readonly previous: SubmissionTable | undefined;
  readonly limits: LintLimits;
}

export interface LintColumn extends FormColumn {
  /** Index among the submission's columns. */
  readonly position: number;
  /** Index among the form's columns. */
  readonly formIndex: number;
}

export interface OutOfFoldCells {
  readonly rows: number;
  /** Independent rows: the number of groups, if there are groups. */
  readonly independentRows: number;
  /** Cells of a row, in the order of the form's columns. */
  readonly cells: (row: number) => readonly string[];
}

/** What a rule finds; the linter adds the rule's name. */
export type RuleFinding = Omit<LintFinding, 'rule'>;

/** One check of a submission. */
export interface LintRule {
  readonly name: string;
  /** What the rule demands, in one line. */
  readonly summary: string;
  readonly run: (context: LintContext) => readonly RuleFinding[];
}
