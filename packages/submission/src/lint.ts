import { PodiumError } from '@podium/core';
import type {
  FoldParts,
  LintContext,
  LintFinding,
  LintLimits,
  OutOfFoldCells,
  PredictionsByHead,
} from './finding.ts';
import type { BoundForm } from './form.ts';
import { formCells } from './make-submission.ts';
import { rules } from './rules/index.ts';
import type { SampleSubmission } from './sample.ts';
import type { SubmissionRow, SubmissionTable } from './table.ts';

/** What a submission is measured against. Only what is given is checked. */
export interface LintOptions {
  readonly sample: SampleSubmission;
  readonly form: BoundForm;
  /** Out-of-fold predictions by head: what the class mix should look like. */
  readonly outOfFold?: PredictionsByHead;
  readonly folds?: FoldParts;
  /** The submission that was sent last. */
  readonly previous?: SubmissionTable;
  /** Rules whose errors are known and accepted: they become warnings. */
  readonly accept?: readonly string[];
  readonly limits?: Partial<LintLimits>;
}

/** What the linter says. */
export interface LintReport {
  /** No error. */
  readonly ok: boolean;
  /** Errors first; within them, in the order of the rules' names. */
  readonly findings: readonly LintFinding[];
  readonly errors: number;
  readonly warnings: number;
  /** Rows of the submission. */
  readonly rows: number;
}

/**
 * Checks a submission by every rule, as its file has it: what is checked is what a grader reads, not what was meant.
 * @param submission of `readSubmissionTable`, read with the sample's id column where it has it
 * @throws PodiumError `registry-unknown-name` for an accepted rule that there is none of; what `formCells` throws for
 * the out-of-fold predictions
 */
export function lintSubmission(submission: SubmissionTable, options: LintOptions): LintReport {
  const accepted = new Set((options.accept ?? []).map((name) => rules.get(name).name));
  const context = contextOf(submission, options);
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
 * Stops where the linter found an error.
 * @throws PodiumError `submission-lint` with the first error, and how many more there are
 */
export function refuseErrors(report: LintReport, file: string): void {
  const [first, ...others] = report.findings.filter(({ severity }) => severity === 'error');
  if (first === undefined) return;
  const [row] = first.rows;
  const names = [...new Set(others.map(({ rule }) => rule))].join(', ');
  throw new PodiumError({
    code: 'submission-lint',
    message: `${first.message} [${first.rule}]${others.length === 0 ? '' : `; ${others.length} more: ${names}`}`,
    path: { file, ...(row !== undefined && first.rule !== 'missing-rows' && { line: row.line }) },
    fix: first.fix,
  });
}

function contextOf(submission: SubmissionTable, options: LintOptions): LintContext {
  const { sample, form, outOfFold, folds, previous, limits } = options;
  const byId = new Map<string, SubmissionRow[]>();
  for (const row of submission.rows) {
    const own = byId.get(row.id);
    if (own === undefined) byId.set(row.id, [row]);
    else own.push(row);
  }
  const columns = form.columns
    .map(({ name, rule }, index) => ({ name, rule, index, at: submission.columns.indexOf(name) }))
    .filter(({ at }) => at !== -1);
  return {
    submission,
    sample,
    form,
    byId,
    columns,
    folds,
    previous,
    outOfFold: outOfFold && outOfFoldCells(form, outOfFold),
    limits: { sum: 1e-3, changed: 0.5, mix: 0.03, ...limits },
  };
}

function outOfFoldCells(form: BoundForm, predictions: PredictionsByHead): OutOfFoldCells | undefined {
  const [head] = form.heads;
  const first = head === undefined ? undefined : predictions[head.name];
  if (first === undefined || first.length === 0) return undefined;
  const write = formCells(form, predictions, first.ids);
  // Rules look at it column by column.
  const cells = Array.from({ length: first.length }, (_, row) => write(row));
  return {
    rows: first.length,
    units: first.groups === undefined ? first.length : new Set(first.groups).size,
    cells: (row) => cells[row]!,
  };
}
