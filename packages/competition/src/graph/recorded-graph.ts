import { resolve } from 'node:path';
import { fetchWeights, parseWeightsSource } from '@podium/model-zoo';
import { defineGraph, type Graph, type Instance, type RunRecord, type Source } from '@podium/pipeline';
import type { Terminal } from '../../../../apps/podium/src/terminal/terminal.ts';
import { importOwnStage } from '../own-code/import-own-stage.ts';
import { tellDownload } from '../run/project.ts';
import { stages } from '../stages/index.ts';

/** The files that a run was made from, on this machine: those that can be fetched are. */
export async function sourcesOf(
  record: RunRecord,
  base: string,
  { terminal, signal }: { readonly terminal: Terminal; readonly signal: AbortSignal },
): Promise<Record<string, Source>> {
  const sources: Record<string, Source> = {};
  for (const [name, { kind, type, path }] of Object.entries(record.sources)) {
    const isRemote = /^[a-z][a-z0-9+.-]+:/i.test(path) && !/^[a-z]:[\\/]/i.test(path);
    const here = isRemote
      ? (await fetchWeights(parseWeightsSource(path), { signal, onEvent: tellDownload(terminal) })).path
      : resolve(base, path);
    sources[name] = { kind, type, path: here };
  }
  return sources;
}

/** The graph of a record: its stages by name, with the settings and inputs that they had. */
export async function graphOf(record: RunRecord, sources: Readonly<Record<string, Source>>): Promise<Graph> {
  return defineGraph({ sources, instances: await instancesOf(record, sources) });
}

/** The instances of a record, to be put into a graph with others. */
export async function instancesOf(
  record: RunRecord,
  sources: Readonly<Record<string, Source>>,
): Promise<Instance[]> {
  const instances: Instance[] = [];
  for (const { name, stage, settings, seed, inputs } of record.instances) {
    const own = Object.values(inputs)
      .flat()
      .find((input) => 'source' in input && sources[input.source]?.type === 'stage-code');
    const found =
      own !== undefined && 'source' in own
        ? await importOwnStage(sources[own.source]!.path, stage)
        : stages.get(stage);
    const references = Object.entries(inputs).map(([port, list]) => [
      port,
      found.inputs[port]?.many ? list : list[0],
    ]);
    instances.push({
      name,
      stage: found,
      settings,
      inputs: Object.fromEntries(references),
      seed,
    });
  }
  return instances;
}

/** Bits depend on the number of threads, so a rebuild uses as many as the run did. */
export function threadsOf({ instances }: RunRecord): number | undefined {
  for (const { settings } of instances) {
    const { threads } = settings as { threads?: unknown };
    if (typeof threads === 'number') return threads;
  }
  return undefined;
}
