/**
 * From predictions to a submission that can be checked, sent and rebuilt.
 *
 * - **The sample** says what a submission must look like: `readSample`.
 * - **A form** turns predictions into cells: `bindForm(settings, sample, heads)`. Missing settings are detected. To add a
 *   form, write `forms/x.ts` with `defineForm` and add a line to `forms/index.ts`.
 * - **The CSV** has the sample's ids, order and style: `makeSubmission`. Equal predictions give equal bytes.
 * - **The linter** checks a CSV as a grader reads it: `lintSubmission`. To add a rule, write `rules/x.ts` and add a
 *   line to `rules/index.ts`.
 * - **A record** holds everything that a submission was made from; `verifyRebuild` compares a rebuild with it.
 * - **The ledger** lists a competition's runs with their cross-validation and leaderboard scores.
 * - **Destinations** take submissions: `destinations.get('kaggle').send({ ... })`.
 */

// Forms: what a competition wants in its cells.

export { bindForm } from './binding/bind-form.ts';
export { type DetectedForm, detectForm } from './binding/detect-form.ts';
export type { DetectOptions } from './binding/form-context.ts';
export type { ListStyle } from './columns/list-style.ts';
export {
  type BoundForm,
  type CellType,
  type Choice,
  defineForm,
  type FormBinding,
  type FormColumn,
  type FormContext,
  type FormDetection,
  type FormSettings,
  type FormSettingsInput,
  type Information,
  type PredictionsByHead,
  type ScoredTarget,
  type SubmissionForm,
  type Veto,
} from './forms/form.ts';
export { forms } from './forms/registry.ts';

// The CSV.

export { formCells, makeSubmission, type Submission } from './csv/make-submission.ts';
export { readSample, type SampleSubmission } from './csv/read-sample.ts';
export {
  type CsvStyle,
  readSubmissionTable,
  type SubmissionRow,
  type SubmissionTable,
  type TableReading,
} from './csv/submission-table.ts';

// The linter.

export { assertNoErrors, type LintOptions, type LintReport, lintSubmission } from './lint/lint-submission.ts';
export { type RelintOptions, relintSubmission } from './lint/relint-submission.ts';
export { rules } from './rules/registry.ts';
export type {
  ExampleRow,
  FoldCoverage,
  LintContext,
  LintFinding,
  LintLimits,
  LintRule,
} from './rules/rule.ts';

// Records and rebuilds.

export {
  decodeSubmissionRecord,
  encodeSubmissionRecord,
  type RecordedScore,
  readSubmissionRecord,
  type SubmissionRecord,
} from './record/submission-record.ts';
export { type RebuildVerdict, verifyRebuild } from './record/verify-rebuild.ts';

// Signatures, by OpenSSH's own command.

export { fingerprintOf, signaturePath, signFile } from './signature/sign-file.ts';
export { type SignatureVerdict, verifySignature } from './signature/verify-signature.ts';

// Files below the folder of submissions.

export { makeFolder } from './files/make-folder.ts';
export { isSafeName, safeName } from './files/safe-name.ts';
export { type SubmissionPaths, submissionFolder, submissionPaths } from './files/submission-paths.ts';
export { writeSubmission } from './files/write-submission.ts';

// The ledger.

export {
  compareLedger,
  type LeaderboardCorrelation,
  type LedgerComparison,
  type PairedDifference,
  type RankedRun,
} from './ledger/compare-ledger.ts';
export {
  type EnteredScore,
  enterScore,
  type LedgerRow,
  readLedger,
  recordInLedger,
} from './ledger/ledger.ts';
export { listLedgers } from './ledger/list-ledgers.ts';
export { readPreviousSubmission } from './ledger/previous-submission.ts';

// Sending.

export type { OutgoingSubmission, SendReply, SubmissionDestination } from './destinations/destination.ts';
export { destinations } from './destinations/registry.ts';
