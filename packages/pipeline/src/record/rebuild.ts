import type { Graph } from '../graph/graph.ts';
import { keysOf } from '../graph/keys.ts';
import { diffFiles, type FilesChange } from '../plan/files-diff.ts';
import { identifyAll } from '../sources/identify.ts';
import type { Store } from '../store/store.ts';
import { diffRuns, type RunDifference } from './diff.ts';
import { describeRun, type RunRecord } from './record.ts';

/** Whether running a graph now would make what a record says. */
export interface RebuildCheck {
  /** Every key is the recorded one, so a run makes the same bytes. */
  readonly same: boolean;
  /** What is different now, the likely cause first; also versions that have no part in keys. */
  readonly differences: readonly RunDifference[];
  /** By source that changed: which files, where the store has a note of what was in it. */
  readonly files: Readonly<Record<string, FilesChange>>;
}

/**
 * Compares a graph, as it is now, with the record of a run: sources are hashed, keys made, nothing is run. Whether a
 * finished rebuild made the same bytes is for `diffRuns(record, newRecord)`: it tells differing outputs.
 * @throws PodiumError as `identifyAll` does.
 */
export async function checkRebuild(
  record: RunRecord,
  graph: Graph,
  store: Store,
  options: {
    readonly engine: string;
    readonly gitCommit?: string | null;
    readonly versions?: Readonly<Record<string, string>>;
    readonly distrustFileHashes?: boolean;
  },
): Promise<RebuildCheck> {
  const sources = await identifyAll(graph.sources, store.fileHashes, options.distrustFileHashes);
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
    const before = current?.sha256 === sha256 ? undefined : await store.notedSource(sha256);
    if (before !== undefined && current?.files !== undefined) files[name] = diffFiles(before, current.files);
  }
  return { same, differences: diffRuns(record, now), files };
}
