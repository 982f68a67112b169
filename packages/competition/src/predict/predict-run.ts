import { resolve } from 'node:path';
import { PodiumError, type Predictions } from '@podium/core';
import { type Head, type ManifestRow, readManifest } from '@podium/dataset';
import { mean } from '@podium/ensemble';
import { fetchWeights, parseWeightsSource } from '@podium/model-zoo';
import { loadStateDict } from '@podium/nn';
import { readSafetensors } from '@podium/nn/checkpoint-files';
import type { RecordedInstance, Store } from '@podium/pipeline';
import { createHeadsLoss } from '@podium/training';
import type { HeadPredictions } from '../artifacts/head-predictions.ts';
import { readJsonFile } from '../artifacts/json.ts';
import { blendMethod } from '../heads/blend-method.ts';
import { headAnswers } from '../heads/final-predictions.ts';
import { pickHeads } from '../heads/fold-rows.ts';
import { headLoss } from '../models/head-loss.ts';
import { openEngine } from '../models/open-engine.ts';
import { openModel } from '../models/open-model.ts';
import { predictRows } from '../models/predict-rows.ts';
import { loadProbe } from '../models/probe-model.ts';
import { type FoundRun, instanceOf, storedOutputs } from '../run/run-record-file.ts';
import { blend } from '../stages/blend.ts';
import type { MemberVerdict } from '../stages/choose-member.ts';
import { extractFrozenFeatures } from '../stages/extract-features.ts';
import { fitProbe } from '../stages/fit-probe.ts';
import { trainFold } from '../stages/train-fold.ts';
import { trainSemi } from '../stages/train-semi.ts';

interface PredictOptions {
  readonly root: string;
  readonly rows: readonly ManifestRow[];
  readonly signal: AbortSignal;
  /** Of all models together. */
  readonly onProgress: (done: number, total: number) => void;
}

/** Stages that leave a trained network. */
const TRAININGS: readonly string[] = ['train-fold', 'train-semi', 'fit-probe'];

/**
 * What the trained models of a run say of other images, by head: every fold's and seed's network in the views that it was
 * trained for, averaged; heads made up of others multiplied; blended by what the run fitted.
 *
 * Images of a group are not known to be one, so nothing is averaged over groups; own stages after the blend have no part.
 * @throws PodiumError `store-entry-missing` where the store no longer has a model: "podium rebuild" makes it again
 */
export async function predictRun(
  run: FoundRun,
  store: Store,
  options: PredictOptions,
): Promise<HeadPredictions> {
  const data = await storedOutputs(store, run, instanceOf(run, 'data'));
  const { heads } = await readManifest(data.train!);
  const [last] = namesOf(instanceOf(run, 'score'), 'blend');
  const total = run.stages.instances.filter(({ stage }) => TRAININGS.includes(stage)).length;
  let done = 0;
  const answer = async (name: string): Promise<HeadPredictions> => {
    const own = instanceOf(run, name);
    const below = async (port: string) => {
      const answers: HeadPredictions[] = [];
      for (const each of namesOf(own, port)) answers.push(await answer(each));
      return answers;
    };
    if (TRAININGS.includes(own.stage)) {
      const said = await predictPart(run, store, own, heads, options, (images, of) => {
        options.signal.throwIfAborted();
        options.onProgress(done + images / of, total);
      });
      done++;
      return said;
    }
    if (own.stage === 'gather-member') return averaged(await below('oof'));
    if (own.stage === 'choose-member') {
      const { verdict } = await storedOutputs(store, run, own);
      const { heads: verdicts } = await readJsonFile<MemberVerdict>(verdict!);
      const [student] = verdicts.some(({ kept }) => kept) ? await below('studentOof') : [];
      const [plain] = verdicts.every(({ kept }) => kept) ? [] : await below('baselineOof');
      return chosenHeads(verdicts, plain, student);
    }
    if (own.stage === 'blend') return await blended(run, store, own, heads, await below('oof'));
    // The user's own stages after the blend.
    const [before] = await below('predictions');
    return before ?? unknownStage(run, own);
  };
  return await answer(last!);
}

/** Of each head the student's answers where pseudo labels were kept; heads that make up another one go together. */
function chosenHeads(
  verdicts: MemberVerdict['heads'],
  plain: HeadPredictions | undefined,
  student: HeadPredictions | undefined,
): HeadPredictions {
  if (plain === undefined || student === undefined) return (student ?? plain) as HeadPredictions;
  const kept = new Set(verdicts.filter((each) => each.kept).map(({ head }) => head));
  return new Map([...plain].map(([head, own]) => [head, kept.has(head) ? (student.get(head) ?? own) : own]));
}

/** The mean of the folds' and seeds' models. */
function averaged(said: readonly HeadPredictions[]): HeadPredictions {
  const names = [...(said[0]?.keys() ?? [])];
  return new Map(names.map((name) => [name, mean(said.map((each) => each.get(name)!))]));
}

/** Members blended by what was fitted in the run. */
async function blended(
  run: FoundRun,
  store: Store,
  own: RecordedInstance,
  heads: readonly Head[],
  members: readonly HeadPredictions[],
): Promise<HeadPredictions> {
  const settings = blend.settings.parse(own.settings);
  const { parameters: file } = await storedOutputs(store, run, own);
  const parameters = await readJsonFile<Record<string, unknown>>(file ?? tooOld(run));
  const answers = members.map((member) => headAnswers(member, heads, settings));
  const result = new Map<string, Predictions>();
  for (const head of answers[0]?.keys() ?? []) {
    const each = answers.map((member) => member.get(head)!);
    const isMulti = each[0]?.task === 'multi-label';
    result.set(head, isMulti ? mean(each) : blendMethod(settings).method.apply(parameters[head], each));
  }
  return result;
}

/** One trained network: of one fold and seed. */
async function predictPart(
  run: FoundRun,
  store: Store,
  part: RecordedInstance,
  allHeads: readonly Head[],
  { root, rows, signal }: PredictOptions,
  onProgress: (done: number, total: number) => void,
): Promise<HeadPredictions> {
  const { weights: trained } = await storedOutputs(store, run, part);
  const isProbe = part.stage === 'fit-probe';
  const training = part.stage === 'train-fold' ? trainFold.settings.parse(part.settings) : undefined;
  const semi = part.stage === 'train-semi' ? trainSemi.settings.parse(part.settings) : undefined;
  const probe = isProbe ? fitProbe.settings.parse(part.settings) : undefined;
  const source = isProbe ? instanceOf(run, namesOf(part, 'features')[0]!) : part;
  const settings = training ?? semi ?? extractFrozenFeatures.settings.parse(source.settings);
  const heads = pickHeads(allHeads, (training ?? semi ?? probe)?.heads as readonly string[]);
  await openEngine(settings, signal);
  const model = await openModel({
    settings,
    heads,
    seed: 0,
    code: await sourcePath(run, source, 'modelCode', signal),
    // A probe stands on the pretrained network itself; everything else has all its weights in the store.
    weights: isProbe ? await sourcePath(run, source, 'weights', signal) : undefined,
  });
  try {
    if (isProbe)
      await loadProbe(
        model,
        trained!,
        heads.map(({ name }) => name),
      );
    else loadStateDict(model, (await readSafetensors(trained!)).tensors);
    const plain = { labelSmoothing: 0, classWeights: 'none' as const, headWeights: {} };
    const loss = createHeadsLoss(heads.map((head) => headLoss(head, [], training ?? plain)));
    return await predictRows(model, loss, { root, rows, heads }, settings, onProgress);
  } finally {
    model.dispose();
  }
}

/** The file of a source that an instance reads, on this machine. */
async function sourcePath(
  run: FoundRun,
  { inputs }: RecordedInstance,
  port: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [reference] = inputs[port] ?? [];
  if (reference === undefined || !('source' in reference)) return undefined;
  const path = run.stages.sources[reference.source]!.path;
  const isRemote = /^[a-z][a-z0-9+.-]+:/i.test(path) && !/^[a-z]:[\\/]/i.test(path);
  if (!isRemote) return resolve(run.base, path);
  return (await fetchWeights(parseWeightsSource(path), { signal })).path;
}

function namesOf({ inputs }: RecordedInstance, port: string): string[] {
  return (inputs[port] ?? []).flatMap((reference) => ('from' in reference ? [reference.from] : []));
}

function unknownStage({ file }: FoundRun, { name, stage }: RecordedInstance): never {
  throw new PodiumError({
    code: 'predict-stage',
    path: { file },
    message: `${name} is of the stage "${stage}", which cannot be used on other images`,
  });
}

function tooOld({ file }: FoundRun): never {
  throw new PodiumError({
    code: 'predict-no-parameters',
    path: { file },
    message: 'this run was made before blends kept what they fitted',
    fix: 'make it again with the same settings; its trainings are still there',
  });
}
