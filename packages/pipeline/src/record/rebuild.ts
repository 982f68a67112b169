import type { Graph } from '../graph/graph.ts';
import { keysOf } from '../graph/keys.ts';
import { diffFiles, type FilesChange } from '../plan/files-diff.ts';
import { identifyAll } from '../sources/identify.ts';
import type { Store } from '../store/store.ts';
import { diffRuns, type RunDifference } from './diff.ts';
import { describeRun, type RunRecord } from './record.ts';

/** Whether running a graph now would reproduce a recorded run. */
export interface RebuildCheck {
  /** All keys are the recorded ones, so a run makes the same bytes. */
  readonly same: boolean;
  /** What differs, the likely cause first; including versions that are not part of keys. */
  readonly differences: readonly RunDifference[];
  /** By changed source: which files, if the store knows the earlier content. */
  readonly files: Readonly<Record<string, FilesChange>>;
}

/**
 * Compares a graph with the record of a run: hashes sources and computes keys, but runs nothing. To check that a
 * finished rebuild made the same bytes, use `diffRuns(record, newRecord)`.
 * @throws PodiumError as {@link identifyAll}
 */
export async function checkRebuild(
  record: RunRecord,
  graph: Graph,
  store: Store,
  options: {
    readonly engine: string;
    readonly gitCommit?: string | null;
    readonly versions?: Readonly<Record<string, string>>;
    readonly rehashSources?: boolean;
  },
): Promise<RebuildCheck> {
  const sources = await identifyAll(graph.sources, store.fileHashes, { rehash: options.rehashSources });
  const keys = keysOf(graph, sources, options.engine).map(({ key }) => key);
  const now = describeRun(graph, options.engine, sources, keys, [], {
    gitCommit: options.gitCommit ?? record.gitCommit,
    versions: options.versions ?? record.versions,
  });
  const recorded = new Map(record.instances.map(({ name, key }) => [name, key]));
  const same =
    keys.length === recorded.size && now.instances.every(({ name, key }) => recorded.get(name) === key);
  const files: Record<string, FilesChange> = {};
  for (const [name, { sha256 }] of Object.entries(record.sources)) {
    const current = sources[name];
    const before = current?.sha256 === sha256 ? undefined : await store.sourceFiles(sha256);
    if (before !== undefined && current?.files !== undefined) files[name] = diffFiles(before, current.files);
  }
  return { same, differences: diffRuns(record, now), files };
}
