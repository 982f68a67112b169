import { PodiumError } from '@podium/core';
import { isRemoteSource } from '@podium/model-zoo';
import { type Instance, type OutputRef, type Reference, type Source, upstreamOf } from '@podium/pipeline';
import { type RecordedRun, recordedInstance } from '../run/recorded-run.ts';
import { finalOutput, recordedInstances } from './recorded-graph.ts';
import { type OpenOptions, openSources } from './recorded-sources.ts';

/** What several runs were made from, as one graph, in which what they share appears once. */
export interface MergedRuns {
  readonly sources: Readonly<Record<string, Source>>;
  readonly instances: readonly Instance[];
  /** By source, what it can be fetched by. */
  readonly fetchable: ReadonlyMap<string, string>;
  /** The training rows that all runs share. */
  readonly train: OutputRef;
  /** Per run, its final out-of-fold and test predictions. */
  readonly members: readonly { readonly oof: OutputRef; readonly test: OutputRef }[];
}

/**
 * Merges the graphs of runs; instances with equal keys become one, whatever their names.
 * @throws PodiumError `ensemble-data` where runs are not of the same training rows; what opening their sources throws
 */
export async function mergeRuns(runs: readonly RecordedRun[], options: OpenOptions): Promise<MergedRuns> {
  const [first] = runs as readonly [RecordedRun, ...RecordedRun[]];
  const sources: Record<string, Source> = {};
  const sourceByContent = new Map<string, string>();
  const instances = new Map<string, Instance>();
  const nameByKey = new Map<string, string>();
  const fetchable = new Map<string, string>();
  const members: { oof: OutputRef; test: OutputRef }[] = [];
  for (const run of runs) {
    assertSameRows(first, run);
    const unique = (name: string, isTaken: (name: string) => boolean) => {
      const suffix = run.run.replaceAll(/\s/g, '-');
      let candidate = name;
      for (let i = 1; isTaken(candidate); i++) candidate = `${name}@${suffix}${i === 1 ? '' : `-${i}`}`;
      return candidate;
    };
    const found = await openSources(run, options);
    const sourceNames = new Map<string, string>();
    for (const [name, source] of Object.entries(found)) {
      const { sha256, path } = run.stages.sources[name]!;
      const content = `${sha256} ${source.kind} ${source.type}`;
      const merged = sourceByContent.get(content) ?? unique(name, (taken) => taken in sources);
      sourceByContent.set(content, merged);
      sourceNames.set(name, merged);
      sources[merged] ??= source;
      if (isRemoteSource(path)) fetchable.set(merged, path);
    }
    const hasTest = run.stages.instances.some(({ name }) => name === 'submission');
    const oof = finalOutput(run.stages.instances, 'oof');
    const test = hasTest ? finalOutput(run.stages.instances, 'test') : undefined;
    const targets = ['data', 'folds', oof.from, ...(test === undefined ? [] : [test.from])];
    const needed = upstreamOf(run.stages.instances, targets);
    const names = new Map<string, string>();
    const rename = (reference: Reference): Reference =>
      'from' in reference
        ? { from: names.get(reference.from)!, output: reference.output }
        : { source: sourceNames.get(reference.source)! };
    for (const item of await recordedInstances({ ...run.stages, instances: needed }, found)) {
      const { key } = recordedInstance(run, item.name);
      const before = nameByKey.get(key);
      const name = before ?? unique(item.name, (taken) => instances.has(taken));
      nameByKey.set(key, name);
      names.set(item.name, name);
      if (before !== undefined) continue;
      const inputs = Object.entries(item.inputs).map(([port, value]) => {
        if (value === undefined) return [port, undefined];
        return [port, Array.isArray(value) ? value.map(rename) : rename(value as Reference)];
      });
      instances.set(name, { ...item, name, inputs: Object.fromEntries(inputs) });
    }
    const renamed = ({ from, output }: OutputRef): OutputRef => ({ from: names.get(from)!, output });
    members.push({ oof: renamed(oof), test: renamed(test ?? { from: oof.from, output: 'test' }) });
  }
  const train = { from: 'data', output: 'train' };
  return { sources, instances: [...instances.values()], fetchable, members, train };
}

function assertSameRows(first: RecordedRun, run: RecordedRun): void {
  const rows = (of: RecordedRun) => recordedInstance(of, 'data').outputs.train?.sha256;
  if (rows(first) === rows(run)) return;
  throw new PodiumError({
    code: 'ensemble-data',
    path: { file: run.file },
    message: `${run.run} and ${first.run} are not of the same training rows`,
    fix: 'blend runs of the same competition folder, read with the same data settings',
  });
}
