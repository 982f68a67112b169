/**
 * Cached computation: stages with declared inputs and outputs, a graph of them, a store that keeps results by a hash of
 * everything they were made from, and executors. No TensorFlow.
 *
 * @example
 * const data = instance('data', readData, { settings: {}, inputs: { folder: source('images') } });
 * const training = instance('train', train, { settings: { epochs: 3 }, inputs: { rows: data.output('rows') } });
 * const graph = defineGraph({ sources, instances: [data, training], seed: 1 });
 *
 * const report = await run(graph, await openStore('cache'), localExecutor(), { engine: '1' });
 * const { model } = outputsOf(report, training);
 */

// Stages: what a step reads, writes and does.

export { defineStage, findStage } from './stage/define-stage.ts';
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
export type {
  AnyStage,
  Needs,
  Progress,
  ProgressPoint,
  Stage,
  StageContext,
  StageDefinition,
} from './stage/stage.ts';

// Graphs: stages under names, connected by references.

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

// Sources: input files and folders, identified by their content.

export type { FileHashes } from './sources/file-hashes.ts';
export { identifyAll, type SeenSources } from './sources/identify.ts';
export type { SourceFile, SourceIdentity } from './sources/identity.ts';

// The store: complete entries or none, checked when read, shared by processes, collected by last use.

export type { Attempt } from './store/attempts.ts';
export type { Check, Entry, Lookup } from './store/check-entry.ts';
export type { Claim } from './store/claim.ts';
export type { CollectOptions, CollectResult, EntrySummary } from './store/collect.ts';
export type { Manifest, StoredFile, StoredOutput } from './store/manifest.ts';
export { openStore } from './store/open-store.ts';
export type { Pin } from './store/pins.ts';
export type { CommitOptions, CommitOutcome, Store } from './store/store.ts';

// Artifacts: results beyond one machine, in a folder or a bucket.

export { type ArtifactStore, artifactStore } from './artifacts/artifact-store.ts';
export {
  type CollectArtifactsOptions,
  type CollectedArtifacts,
  collectArtifacts,
} from './artifacts/collect-artifacts.ts';
export type { ObjectStat, Objects } from './artifacts/objects.ts';
export { openArtifacts } from './artifacts/open-artifacts.ts';
export { withArtifacts } from './artifacts/shared-results.ts';

// Plans: what a run would do, and why.

export { diffFiles, type FilesChange, renderFilesChange } from './plan/files-diff.ts';
export { type Plan, type PlannedInstance, type PlanOptions, plan } from './plan/plan.ts';
export { type Reason, renderReason } from './plan/reasons.ts';

// Runs.

export { outputsOf } from './run/outputs-of.ts';
export type { InstanceReport, RunEvent, RunReport } from './run/report.ts';
export { type RunOptions, run } from './run/run.ts';

// Executors: where stages run.

export { inProcessExecutor } from './execute/in-process.ts';
export {
  type DelegateEvent,
  type DelegateOptions,
  type ExecuteOptions,
  type Executor,
  type FailureReason,
  type Job,
  type JobEvent,
  JobFailure,
  runJob,
  type Slot,
  type SlotRequest,
} from './execute/job.ts';
export { type LocalExecutorOptions, localExecutor } from './execute/local.ts';

// Workers: other processes and machines that compute for the runs on a store.

export type { WorkerInfo } from './cluster/exchange.ts';
export type { JobReference } from './cluster/job-reference.ts';
export { processorClass } from './cluster/processor.ts';
export { sharedFolderExecutor } from './cluster/shared-folder.ts';
export { type WorkerEvent, type WorkerOptions, work } from './cluster/worker.ts';

// Records: enough to rebuild a run, or to tell why a rebuild differs.

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

// Work on many items at once.

export { concurrently } from './concurrently.ts';
