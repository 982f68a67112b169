export {
  type CrossValidated,
  type CrossValidateOptions,
  crossValidate,
  type FoldArgument,
  type FoldResult,
  type FoldRun,
} from './cross-validate.ts';
export { type CvRow, cvTable, formatCvTable, type Summarize } from './cv-table.ts';
export {
  type BatchSizeFound,
  type BatchSizeTry,
  type FindBatchSizeOptions,
  findBatchSize,
} from './find-batch-size.ts';
export type { Job, JobContext, JobEvent, JobOutcome } from './job.ts';
export { type RunJobOptions, runJob, runJobs } from './run-job.ts';
