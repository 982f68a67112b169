import { PodiumError } from '@podium/core';
import type { Instance, RecordedInstance, Reference, Source } from '@podium/pipeline';
import type { Terminal } from '../../../../apps/podium/src/terminal/terminal.ts';
import { type FoundRun, instanceOf } from '../run/run-record-file.ts';
import { instancesOf, sourcesOf } from './recorded-graph.ts';

/** What several runs were made from, as one graph: what they have in common stands there once. */
export interface MergedRuns {
  readonly sources: Readonly<Record<string, Source>>;
  readonly instances: readonly Instance[];
  /** By source, what it can be fetched by. */
  readonly fetchable: ReadonlyMap<string, string>;
  /** One a run: where its out-of-fold and test predictions are. */
  readonly members: readonly { readonly oof: Reference; readonly test: Reference }[];
}

/**
 * Puts the graphs of runs together; equal keys are one instance, whatever it is called.
 * @throws PodiumError `ensemble-data` where runs are not of the same training rows
 */
export async function mergeRuns(
  runs: readonly FoundRun[],
  context: { readonly terminal: Terminal; readonly signal: AbortSignal },
): Promise<MergedRuns> {
  const [first] = runs as readonly [FoundRun, ...FoundRun[]];
  const sources: Record<string, Source> = {};
  const sourceByContent = new Map<string, string>();
  const instances = new Map<string, Instance>();
  const nameByKey = new Map<string, string>();
  const fetchable = new Map<string, string>();
  const members: { oof: Reference; test: Reference }[] = [];
  for (const run of runs) {
    checkData(first, run);
    const free = (name: string, taken: (name: string) => boolean) => {
      let candidate = name;
      for (let i = 1; taken(candidate); i++)
        candidate = `${name}@${run.run.replaceAll(/\s/g, '-')}${i === 1 ? '' : `-${i}`}`;
      return candidate;
    };
    const found = await sourcesOf(run.stages, run.base, context);
    const sourceNames = new Map<string, string>();
    for (const [name, source] of Object.entries(found)) {
      const { sha256, path } = run.stages.sources[name] as { sha256: string; path: string };
      const content = `${sha256} ${source.kind} ${source.type}`;
      const merged = sourceByContent.get(content) ?? free(name, (taken) => taken in sources);
      sourceByContent.set(content, merged);
      sourceNames.set(name, merged);
      sources[merged] ??= source;
      if (/^[a-z][a-z0-9+.-]+:/i.test(path)) fetchable.set(merged, path);
    }
    const oof = predictionsOf(run);
    const needed = upstream(run, [
      oof.name,
      'data',
      'folds',
      ...(oof.test === undefined ? [] : [oof.test.name]),
    ]);
    const names = new Map<string, string>();
    const rename = (reference: Reference): Reference =>
      'from' in reference
        ? { from: names.get(reference.from)!, output: reference.output }
        : { source: sourceNames.get(reference.source)! };
    for (const own of await instancesOf({ ...run.stages, instances: needed }, found)) {
      const { key } = instanceOf(run, own.name);
      const before = nameByKey.get(key);
      const name = before ?? free(own.name, (taken) => instances.has(taken));
      nameByKey.set(key, name);
      names.set(own.name, name);
      if (before !== undefined) continue;
      const inputs = Object.fromEntries(
        Object.entries(own.inputs).map(([port, value]) => {
          if (value === undefined) return [port, undefined];
          return [port, Array.isArray(value) ? value.map(rename) : rename(value as Reference)];
        }),
      );
      instances.set(name, { ...own, name, inputs });
    }
    const test = oof.test ?? { name: oof.name, output: 'test' };
    members.push({
      oof: { from: names.get(oof.name)!, output: oof.output },
      test: { from: names.get(test.name)!, output: test.output },
    });
  }
  return { sources, instances: [...instances.values()], fetchable, members };
}

interface Place {
  readonly name: string;
  readonly output: string;
}

/** Where a run's last predictions are: after its own stages, where it has some. */
function predictionsOf(run: FoundRun): Place & { readonly test: Place | undefined } {
  const place = (name: string, port: string): Place | undefined => {
    const [reference] = run.stages.instances.find((item) => item.name === name)?.inputs[port] ?? [];
    return reference !== undefined && 'from' in reference
      ? { name: reference.from, output: reference.output }
      : undefined;
  };
  const oof = place('score', 'blend');
  if (oof !== undefined) return { ...oof, test: place('submission', 'predictions') };
  throw new PodiumError({
    code: 'record-instance',
    path: { file: run.file },
    message: 'the record has no score',
  });
}

function upstream({ stages }: FoundRun, targets: readonly string[]): RecordedInstance[] {
  const needed = new Set(targets);
  for (const { name, inputs } of stages.instances.toReversed()) {
    if (!needed.has(name)) continue;
    for (const reference of Object.values(inputs).flat()) if ('from' in reference) needed.add(reference.from);
  }
  return stages.instances.filter(({ name }) => needed.has(name));
}

function checkData(first: FoundRun, run: FoundRun): void {
  const rows = (of: FoundRun) => instanceOf(of, 'data').outputs.train?.sha256;
  if (rows(first) === rows(run)) return;
  throw new PodiumError({
    code: 'ensemble-data',
    path: { file: run.file },
    message: `${run.run} and ${first.run} are not of the same training rows`,
    fix: 'blend runs of the same competition folder, read with the same data settings',
  });
}
