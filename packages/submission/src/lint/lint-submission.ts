import { PodiumError } from '@podium/core';
import { formCells } from '../csv/make-submission.ts';
import type { SampleSubmission } from '../csv/read-sample.ts';
import type { SubmissionRow, SubmissionTable } from '../csv/submission-table.ts';
import type { BoundForm, PredictionsByHead } from '../forms/form.ts';
import { rules } from '../rules/registry.ts';
import type { FoldCoverage, LintContext, LintFinding, LintLimits, OutOfFoldCells } from '../rules/rule.ts';

/** What to check a submission against. Rules whose input is missing are skipped. */
export interface LintOptions {
  readonly sample: SampleSubmission;
  readonly form: BoundForm;
  /** Out-of-fold predictions by head, for the expected class mix. */
  readonly outOfFold?: PredictionsByHead;
  readonly folds?: FoldCoverage;
  /** Ids of rows that keep the cells of the sample, as `makeSubmission` gives them. */
  readonly unpredicted?: readonly string[];
  /** The submission before this one. */
  readonly previous?: SubmissionTable;
  /** Rules whose errors are accepted: they become warnings. */
  readonly accept?: readonly string[];
  readonly limits?: Partial<LintLimits>;
}

export interface LintReport {
  /** There are no errors. */
  readonly ok: boolean;
  /** Errors first, then sorted by rule. */
  readonly findings: readonly LintFinding[];
  readonly errors: number;
  readonly warnings: number;
  /** Rows of the submission. */
  readonly rows: number;
}

/**
 * Checks a submission with every rule. It checks the file as a grader reads it, not the predictions it was made from.
 * @param submission read with the sample's id column
 * @throws PodiumError `registry-unknown-name` for an unknown rule in `accept`; what `makeSubmission` throws, for the
 * out-of-fold predictions
 * @example
 * const table = await readSubmissionTable('run.csv', { idColumn: sample.idColumn });
 * const { ok, findings } = lintSubmission(table, { sample, form });
 */
export function lintSubmission(submission: SubmissionTable, options: LintOptions): LintReport {
  const accepted = new Set((options.accept ?? []).map((name) => rules.get(name).name));
  const context = lintContext(submission, options);
  const findings = rules.list().flatMap((rule) =>
    rule.run(context).map((finding): LintFinding => {
      const severity = accepted.has(rule.name) ? 'warning' : finding.severity;
      return { ...finding, rule: rule.name, severity };
    }),
  );
  const errors = findings.filter(({ severity }) => severity === 'error');
  const warnings = findings.filter(({ severity }) => severity === 'warning');
  return {
    ok: errors.length === 0,
    findings: [...errors, ...warnings],
    errors: errors.length,
    warnings: warnings.length,
    rows: submission.rows.length,
  };
}

/**
 * Throws if a report has errors.
 * @param file of the submission, for the message
 * @throws PodiumError `submission-lint` with the first error, and the rules of the others
 */
export function assertNoErrors(report: LintReport, file: string): void {
  const [first, ...rest] = report.findings.filter(({ severity }) => severity === 'error');
  if (first === undefined) return;
  const [row] = first.rows;
  const otherRules = [...new Set(rest.map(({ rule }) => rule))].join(', ');
  throw new PodiumError({
    code: 'submission-lint',
    message: `${first.message} [${first.rule}]${rest.length === 0 ? '' : `; ${rest.length} more: ${otherRules}`}`,
    // The examples of missing rows are lines of the sample.
    path: { file, line: first.rule === 'missing-rows' ? undefined : row?.line },
    fix: first.fix,
  });
}

function lintContext(submission: SubmissionTable, options: LintOptions): LintContext {
  const { sample, form, outOfFold, folds, previous, limits, unpredicted = [] } = options;
  const rowsById = new Map<string, SubmissionRow[]>();
  for (const row of submission.rows) {
    const rows = rowsById.get(row.id);
    if (rows === undefined) rowsById.set(row.id, [row]);
    else rows.push(row);
  }
  const columns = form.columns
    .map((column, formIndex) => ({
      ...column,
      formIndex,
      position: submission.columns.indexOf(column.name),
    }))
    .filter(({ position }) => position !== -1);
  return {
    submission,
    sample,
    form,
    rowsById,
    columns,
    folds,
    previous,
    unpredicted: new Set(unpredicted),
    outOfFold: outOfFold && outOfFoldCells(form, outOfFold),
    limits: { sumTolerance: 1e-3, changedShare: 0.5, classMixDistance: 0.03, ...limits },
  };
}

function outOfFoldCells(form: BoundForm, predictions: PredictionsByHead): OutOfFoldCells | undefined {
  const [head] = form.heads;
  const first = head === undefined ? undefined : predictions.get(head.name);
  if (first === undefined || first.length === 0) return undefined;
  const cellsOfRow = formCells(form, predictions, first.ids);
  // Rules read column by column, so every row is needed several times.
  const cells = Array.from({ length: first.length }, (_, row) => cellsOfRow(row));
  return {
    rows: first.length,
    independentRows: first.groups === undefined ? first.length : new Set(first.groups).size,
    cells: (row) => cells[row]!,
  };
}
