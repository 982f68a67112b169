import { PodiumError } from '@podium/core';
import {
  type AnyStage,
  defineGraph,
  type Graph,
  type Instance,
  type OutputRef,
  type RecordedInstance,
  type RunRecord,
  type Source,
} from '@podium/pipeline';
import { stages } from '../stages/registry.ts';
import { importUserStage } from '../user-code/import-user-stage.ts';

/**
 * The graph of a record: its stages by name, with the settings and inputs that they had. Loads the run's own code.
 * @param sources as `openSources` gives them, which asks whether that code may run
 */
export async function recordedGraph(
  record: RunRecord,
  sources: Readonly<Record<string, Source>>,
): Promise<Graph> {
  return defineGraph({ sources, instances: await recordedInstances(record, sources) });
}

/** The instances of a record, to be put into a graph. */
export async function recordedInstances(
  record: RunRecord,
  sources: Readonly<Record<string, Source>>,
): Promise<Instance[]> {
  const instances: Instance[] = [];
  for (const recorded of record.instances) {
    const { name, settings, seed, inputs } = recorded;
    const code = userCodeOf(recorded, sources);
    const stage = await stageOf(recorded, code && sources[code]!.path);
    const references = Object.entries(inputs).map(([port, list]) => [
      port,
      stage.inputs[port]?.many ? list : list[0],
    ]);
    instances.push({ name, stage, settings, inputs: Object.fromEntries(references), seed });
  }
  return instances;
}

/** The name of the source that exports an instance's stage; undefined for Podium's own stages. */
export function userCodeOf(
  { inputs }: RecordedInstance,
  sources: Readonly<Record<string, Pick<Source, 'type'>>>,
): string | undefined {
  for (const reference of Object.values(inputs).flat())
    if ('source' in reference && sources[reference.source]?.type === 'stage-code') return reference.source;
  return undefined;
}

/** The stage of a recorded instance. @param file what exports it, for your own stages */
export async function stageOf(
  { stage }: Pick<RecordedInstance, 'stage'>,
  file: string | undefined,
): Promise<AnyStage> {
  return file === undefined ? stages.get(stage) : await importUserStage(file, stage);
}

/** Results depend on the number of threads, so a rebuild uses as many as the run did. */
export function recordedThreads({ instances }: RunRecord): number | undefined {
  for (const { settings } of instances) {
    const { threads } = settings as { threads?: unknown };
    if (typeof threads === 'number') return threads;
  }
  return undefined;
}

/**
 * Where a run's final predictions are, after your own stages: what its score is computed from.
 * @throws PodiumError `record-instance` where there is no score
 */
export function finalOutput(
  instances: readonly { readonly name: string; readonly inputs: RecordedInstance['inputs'] }[],
  split: 'oof' | 'test',
): OutputRef {
  const [name, port] = split === 'oof' ? ['score', 'blend'] : ['submission', 'predictions'];
  const [reference] = instances.find((item) => item.name === name)?.inputs[port!] ?? [];
  if (reference !== undefined && 'from' in reference) return reference;
  throw new PodiumError({ code: 'record-instance', message: `the record has no ${name}` });
}
