export type { LedgerComparison } from './compare-ledger.ts';
export type { FormSettings, GivenSettings } from './form.ts';
export { forms } from './forms/index.ts';
export { submitToKaggle } from './kaggle.ts';
export { recordInLedger } from './ledger.ts';
export { type LintReport, lintSubmission } from './lint.ts';
export { makeSubmission } from './make-submission.ts';
export { previousSubmission } from './previous.ts';
export { bindForm, recognizeForm } from './recognize.ts';
export {
  decodeSubmissionRecord,
  type RecordedScore,
  readSubmissionRecord,
  type SubmissionRecord,
} from './record.ts';
export { rules } from './rules/index.ts';
export { safeName } from './safe-name.ts';
export { readSample, type SampleSubmission } from './sample.ts';
export { readSubmissionTable, type SubmissionTable } from './table.ts';
export { type RebuildVerdict, verifyRebuild } from './verify-rebuild.ts';
export { makeFolder, submissionFolder, submissionPaths, writeSubmission } from './write-submission.ts';
