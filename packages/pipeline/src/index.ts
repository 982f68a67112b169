/**
 * Stages with declared inputs and outputs, a graph of them, a store that keeps their results by what they were made
 * from, and executors. No TensorFlow.
 *
 * - **Stages**: `defineStage({ name, version, settings, inputs, outputs, run })`.
 * - **Graphs**: `defineGraph({ sources, instances, seed })` of `instance(name, stage, { settings, inputs })`; `from` and
 *   `source` refer, `fanOut` repeats over folds, seeds and models.
 * - **Store**: `openStore(folder)`; whole entries or none, checked when read, shared by processes, collected by use.
 * - **Running**: `plan` says what would run and why; `run` runs it with `localExecutor()` or `inProcessExecutor()`.
 * - **Records**: `recordOf` a run, `diffRuns`, `checkRebuild`.
 */
export { inProcessExecutor } from './execute/in-process.ts';
export {
  type ExecuteOptions,
  type Executor,
  type FailureReason,
  type Job,
  type JobEvent,
  JobFailure,
  runJob,
} from './execute/job.ts';
export { type LocalExecutorOptions, localExecutor } from './execute/local.ts';
export { defineGraph, type Graph, type Node } from './graph/graph.ts';
export {
  fanOut,
  from,
  type Instance,
  type InstanceHandle,
  instance,
  type OutputRef,
  type Reference,
  type Source,
  source,
} from './graph/instance.ts';
export { type InputIdentity, type KeyParts, keyOf } from './graph/keys.ts';
export { subgraph, upstreamOf } from './graph/upstream.ts';
export { type FilesChange, renderFilesChange } from './plan/files-diff.ts';
export { type Plan, type PlannedInstance, type PlanOptions, plan } from './plan/plan.ts';
export { type Reason, renderReason } from './plan/reasons.ts';
export { diffRuns, type RunDifference, renderRunDifference } from './record/diff.ts';
export { checkRebuild, type RebuildCheck } from './record/rebuild.ts';
export {
  decodeRunRecord,
  encodeRunRecord,
  type RecordContext,
  type RecordedInstance,
  type RecordedSource,
  type RunRecord,
  readRunRecord,
  recordOf,
} from './record/record.ts';
export { outputsOf } from './run/outputs-of.ts';
export type { InstanceReport, RunEvent, RunReport } from './run/report.ts';
export { type RunOptions, run } from './run/run.ts';
export { FileHashes } from './sources/file-hashes.ts';
export { identify, identifyAll } from './sources/identify.ts';
export type { SourceFile, SourceIdentity } from './sources/identity.ts';
export { defineStage, stageAmong } from './stage/define-stage.ts';
export type {
  ArtifactKind,
  InputPath,
  InputPaths,
  InputPort,
  InputPorts,
  OutputPaths,
  OutputPort,
  OutputPorts,
} from './stage/ports.ts';
export type { AnyStage, Needs, Progress, Stage, StageContext, StageDefinition } from './stage/stage.ts';
export type { Attempt } from './store/attempts.ts';
export type { Check, Entry, Lookup } from './store/check-entry.ts';
export type { Pin } from './store/claims.ts';
export type { Collected, CollectOptions, EntrySummary } from './store/collect.ts';
export type { LockOptions } from './store/lock.ts';
export type { Manifest, StoredFile, StoredOutput } from './store/manifest.ts';
export { openStore } from './store/open-store.ts';
export type { Commitment, CommitOutcome, Store } from './store/store.ts';
