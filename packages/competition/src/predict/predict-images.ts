import { PodiumError } from '@podium/core';
import { readManifestHead, withRanges } from '@podium/dataset';
import { openStore, type RecordedInstance, type Store } from '@podium/pipeline';
import type { HeadPredictions } from '../artifacts/head-predictions.ts';
import { readFormat } from '../artifacts/json.ts';
import type { OnCompetitionEvent } from '../events.ts';
import { finalOutput, stageOf, userCodeOf } from '../graph/recorded-graph.ts';
import { codeSources, type OpenOptions, openSources } from '../graph/recorded-sources.ts';
import {
  findRun,
  type RecordedRun,
  recordedInstance,
  recordedSettings,
  storedOutput,
  storedOutputs,
} from '../run/recorded-run.ts';
import { stages } from '../stages/registry.ts';
import type { Trust } from '../trust/assert-trusted.ts';
import { applyUserStage } from '../user-code/apply-user-stage.ts';
import type { ApplyContext, ApplyStage } from './apply-stage.ts';
import { decidedLabels } from './decided-labels.ts';
import { listImages } from './list-images.ts';

export interface PredictImagesOptions {
  /** Where runs are looked for by name. */
  readonly submissions: string;
  /** Folder of the store. Default: `.podium` beside the run's settings. */
  readonly store?: string;
  /** Whether the run's own code may run. Default: only what the user has trusted before. */
  readonly trust?: Trust | undefined;
  /** Whether weights that are not on this machine may be downloaded. Default: no. */
  readonly fetch?: OpenOptions['fetch'];
  readonly signal?: AbortSignal;
  readonly onEvent?: OnCompetitionEvent;
  /** Images that are done, of all: one counts once every network has predicted it, so the work counts, not the images. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface PredictedImages {
  readonly run: string;
  readonly images: number;
  /** By head, a row per image. */
  readonly predictions: HeadPredictions;
  /** By head with several labels per image: the labels of each, as the run's submission decides. */
  readonly labels: ReadonlyMap<string, readonly (readonly string[])[]>;
}

/**
 * Predicts other images with the trained models of a run: every fold's and seed's network in the views that it was trained
 * for, averaged; combined heads multiplied; blended as the run fitted it; then your own stages. Images are not known to form
 * groups, so nothing is averaged over groups.
 * @param run the run's name, its record, or its CSV
 * @param paths images, or folders of them
 * @throws PodiumError `store-entry-missing` where the store no longer has a model: "podium rebuild --stored" recomputes it
 */
export async function predictImages(
  run: string,
  paths: readonly string[],
  options: PredictImagesOptions,
): Promise<PredictedImages> {
  const { signal = new AbortController().signal, onEvent: emit = () => {}, onProgress = () => {} } = options;
  const recorded = await findRun(run, options.submissions);
  const listed = await listImages(paths);
  const store = await openStore(options.store ?? recorded.store);
  const data = await storedOutputs(store, recorded, recordedInstance(recorded, 'data'));
  const { heads } = await readManifestHead(data.train!);
  const format = await readFormat(data.format!);
  const range = recorded.settings.data.range ?? format.ranges ?? {};
  const images = { ...listed, rows: await withRanges(listed.rows, listed.root, range) };
  const networks = countNetworks(recorded);
  const sourcePath = await sourceOpener(recorded, store, { ...options, signal, onEvent: emit });
  let predicted = 0;
  const apply = async (name: string): Promise<HeadPredictions> => {
    const context = contextOf(recordedInstance(recorded, name));
    const code = userCodeOf(context.instance, recorded.stages.sources);
    const file = code && (await sourcePath(code));
    const stage = await stageOf(context.instance, file);
    const own = stage.apply as ApplyStage | undefined;
    if (own !== undefined) return await own(context);
    if (file !== undefined) return await applyUserStage(stage, context);
    throw new PodiumError({
      code: 'predict-stage',
      path: { file: recorded.file },
      message: `${name} is made by the stage "${stage.name}", which cannot predict other images`,
    });
  };
  const contextOf = (instance: RecordedInstance): ApplyContext => ({
    instance: withCheckedSettings(recorded, instance),
    heads,
    images,
    signal,
    outputs: () => storedOutputs(store, recorded, instance),
    predictions: async (port) => {
      const all: HeadPredictions[] = [];
      for (const reference of instance.inputs[port] ?? [])
        if ('from' in reference) all.push(await apply(reference.from));
      return all;
    },
    file: (port) => inputFile(recorded, store, instance, port, sourcePath),
    upstream: (port) => {
      const [reference] = instance.inputs[port] ?? [];
      return contextOf(recordedInstance(recorded, (reference as { from: string }).from));
    },
    onProgress: (done, total) => {
      signal.throwIfAborted();
      onProgress(Math.floor((predicted + done) / Math.max(1, networks)), images.rows.length);
      if (done === total) predicted += total;
    },
  });
  const { from } = finalOutput(recorded.stages.instances, 'oof');
  const predictions = await apply(from);
  const read = recordedInstance(recorded, 'data');
  const folder = async () => (await inputFile(recorded, store, read, 'data', sourcePath))!;
  const labels = await decidedLabels(recorded, predictions, { data: folder, format, heads });
  return { run: recorded.run, images: images.rows.length, predictions, labels };
}

/** An instance whose settings are those of its stage; your own stages check theirs themselves. */
function withCheckedSettings(run: RecordedRun, instance: RecordedInstance): RecordedInstance {
  if (stages.has(instance.stage)) recordedSettings(run, instance.name, stages.get(instance.stage));
  return instance;
}

/** Opens sources of the run by name. The code of all stages is opened at once, so that nobody is asked twice. */
async function sourceOpener(
  run: RecordedRun,
  { fileHashes: hashes }: Store,
  {
    trust,
    fetch,
    signal,
    onEvent: emit,
  }: Required<Pick<PredictImagesOptions, 'signal' | 'onEvent'>> & PredictImagesOptions,
): Promise<(name: string) => Promise<string>> {
  const open = (names: readonly string[]) => openSources(run, { trust, fetch, hashes, signal, emit }, names);
  const opened = new Map(Object.entries(await open(codeSources(run.stages))));
  return async (name) => {
    if (!opened.has(name)) opened.set(name, (await open([name]))[name]!);
    return opened.get(name)!.path;
  };
}

/** Instances that leave a network of their own: those with weights and out-of-fold predictions. */
function countNetworks({ stages }: RecordedRun): number {
  return stages.instances.filter(({ outputs }) => 'weights' in outputs && 'oof' in outputs).length;
}

async function inputFile(
  run: RecordedRun,
  store: Store,
  { inputs }: RecordedInstance,
  port: string,
  sourcePath: (name: string) => Promise<string>,
): Promise<string | undefined> {
  const [reference] = inputs[port] ?? [];
  if (reference === undefined) return undefined;
  if ('source' in reference) return await sourcePath(reference.source);
  return await storedOutput(store, run, reference);
}
