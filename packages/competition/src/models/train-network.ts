import { extname, join } from 'node:path';
import { createBatchMixer } from '@podium/augment';
import { Rng } from '@podium/core';
import {
  createLoader,
  type Head,
  type LoaderOptions,
  type ManifestRow,
  readManifest,
  type TransformModule,
} from '@podium/dataset';
import { metrics, scoreRows } from '@podium/metrics';
import { applyTransfer, type ImageModel, planFor, stageAt, trainablePaths } from '@podium/model-zoo';
import { addLora, loadStateDict, mergeLora } from '@podium/nn';
import type { InputPorts, Progress } from '@podium/pipeline';
import {
  applyAverage,
  type Callback,
  createCheckpointStore,
  createEma,
  createSwa,
  createTrainer,
  earlyStopping,
  type FitResult,
  type HeadsLoss,
  type OptimizerOptions,
  uniformSoup,
} from '@podium/training';
import { z } from 'zod';
import type { FoldData } from '../external/fold-data.ts';
import { resolveRoots, rootsOf } from '../external/resolve-roots.ts';
import { shapeFor } from '../recipe/recipe.ts';
import { nameAndOptions } from '../recipe/shared-schemas.ts';
import { computing } from './open-engine.ts';
import { modelSettings } from './open-model.ts';
import { type Pace, PaceMeter } from './pace-meter.ts';
import { progressCallback } from './progress-callback.ts';
import { createSampler } from './sampler.ts';
import { savedEpochs, saveEpochs } from './save-epochs.ts';
import { scheduleOf } from './schedule.ts';
import { evalSteps, pipelineModule } from './views.ts';

/** Settings of stages that train a network on all folds but one. */
export const trainingSettings = {
  ...modelSettings,
  ...computing,
  ...shapeFor('train'),
  fold: z.int().min(0),
  heads: z.array(z.string()).min(1),
  /** Weights of heads in the loss; default 1. */
  headWeights: z.record(z.string(), z.number().positive()).default({}),
  metric: z.string(),
  /** Transforms, or what the module at the port `transformCode` exports; an empty list for none. */
  augment: z.union([
    z.array(z.json()),
    z.strictObject({ export: z.string(), argument: z.json().optional() }),
  ]),
  /** Names of the folders at the port `external`. */
  sources: z.array(z.string()).default([]),
  /** Fraction of the images per epoch with pseudo labels. Default: as many as there are, at most half. */
  pseudoShare: z.number().gt(0).lt(1).optional(),
};
const schema = z.strictObject(trainingSettings);
export type TrainingSettings = z.output<typeof schema>;

/** What a training needs beside its settings. */
export interface TrainingRun {
  readonly model: ImageModel;
  readonly loss: HeadsLoss;
  readonly heads: readonly Head[];
  readonly data: RootedFold;
  readonly transform: TransformModule;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** Input ports of stages that train a network on all folds but one. */
export const trainingInputs = {
  data: { kind: 'folder', type: 'competition' },
  train: { kind: 'file', type: 'manifest' },
  test: { kind: 'file', type: 'manifest' },
  folds: { kind: 'file', type: 'folds' },
  weights: { kind: 'file', type: 'weights', optional: true },
  modelCode: { kind: 'file', type: 'code', optional: true },
  transformCode: { kind: 'file', type: 'code', optional: true },
  external: { kind: 'folder', type: 'external', many: true, optional: true },
  /** More rows that train: labeled external ones, pseudo-labeled ones. They never validate. */
  extra: { kind: 'file', type: 'manifest', many: true, optional: true },
} as const satisfies InputPorts;

/** What every step of a training is made with. */
function stepSettings({ model, loss, seed, signal }: TrainingRun, settings: TrainingSettings) {
  return {
    model,
    loss,
    seed,
    signal,
    precision: settings.precision,
    normalization: settings.input,
    optimizer: optimizerOf(settings),
    groups: { weightDecay: settings.weightDecay },
    mixer: mixerOf(settings),
    recompute: settings.recompute === false ? undefined : settings.recompute,
  };
}

/** Adapts a model for training as the settings say. @returns what a plan does to it at a share of the training */
function prepareModel({ model, seed }: TrainingRun, { plan, lora, trainable }: TrainingSettings) {
  if (lora !== undefined) {
    const except = model.classifierPaths ?? [model.classifierPath];
    addLora(model, { ...lora, except, rng: Rng.fromSeed(seed).split('lora') });
  }
  // With updates of low rank, nothing else is trained unless a rule names it.
  const rule = trainable ?? (lora === undefined ? 'all' : []);
  const paths = rule === 'all' ? undefined : trainablePaths(model, rule);
  const transferPlan = plan && planFor(plan);
  if (transferPlan !== undefined)
    return (share: number) => applyTransfer(model, transferPlan, stageAt(transferPlan, share), paths);
  if (paths !== undefined)
    for (const [path, parameter] of model.namedParameters()) parameter.requiresGrad = paths.has(path);
  return undefined;
}

/**
 * Trains a network, validates it after every epoch, and leaves it with the averaged weights.
 * @param workFolder has the checkpoints that a killed training resumes from
 */
export async function trainNetwork(
  training: TrainingRun,
  settings: TrainingSettings,
  { workFolder, report }: { readonly workFolder: string; readonly report: (progress: Progress) => void },
): Promise<FitResult & { readonly pace: Pace }> {
  const { model, heads, data, transform, seed, signal } = training;
  const { epochs, accumulate, soup } = settings;
  const pace = new PaceMeter();
  const open = (given: Pick<BatchOptions, 'epochs'>, state: unknown) =>
    trainingBatches({ data, heads, settings, transform, seed, ...given }, state);
  // All epochs of a sampler have as many batches.
  const stepsPerEpoch = Math.ceil(open({ epochs }, undefined).steps(0) / accumulate);
  const plan = prepareModel(training, settings);
  const soupFolder = join(workFolder, 'soup');
  const average = averageOf(settings, () => open({ epochs: 1 }, undefined));
  const validation = validationLoader(data, heads, settings);
  const trainer = createTrainer({
    ...stepSettings(training, settings),
    epochs,
    accumulate,
    ...scheduleOf(settings, {
      steps: epochs * stepsPerEpoch,
      stepsPerEpoch,
      mode: modeOf(monitored(settings, heads)),
    }),
    clipNorm: settings.clipNorm,
    plan,
    average,
    batches: (state) => open({ epochs }, state),
    validation: {
      batches: () => validation.epoch(),
      metrics: validationMetric(settings.metric),
      classNames: Object.fromEntries(heads.map(({ name, classes }) => [name, classes])),
    },
    monitor: monitored(settings, heads),
    checkpoints: createCheckpointStore({ folder: join(workFolder, 'checkpoints'), keepBest: 0 }),
    // A killed training loses a tenth at most; on short epochs, saving each of them would cost as much.
    saveEvery: { epochs: Math.max(1, Math.floor(epochs / 10)) },
    callbacks: [
      progressCallback(report, epochs),
      pace.callback,
      ...stoppingOf(settings, heads),
      ...(soup === undefined ? [] : [saveEpochs(soupFolder, soup)]),
    ],
  });
  const result = await trainer.fit().finally(() => validation.close());
  signal.throwIfAborted();
  if (average !== undefined) await applyAverage(model, average, { normalization: settings.input, seed });
  average?.weights.dispose();
  if (soup !== undefined) loadStateDict(model, await uniformSoup(await savedEpochs(soupFolder)));
  mergeLora(model);
  return { ...result, pace: pace.measured() };
}

/** Steps that are timed, after two that include one-time work. */
const TIMED_STEPS = 4;

/**
 * Seconds per image of training with all layers that the settings ever train. The model is changed by a few steps: time a copy.
 */
export async function timeTraining(training: TrainingRun, settings: TrainingSettings): Promise<number> {
  const { heads, data, transform, seed, signal } = training;
  const plan = prepareModel(training, settings);
  const batches = trainingBatches({ data, heads, settings, transform, seed, epochs: 1000 }, undefined);
  let [began, ended, images] = [0, 0, 0];
  const trainer = createTrainer({
    ...stepSettings(training, settings),
    epochs: 1000,
    maxSteps: TIMED_STEPS + 2,
    plan: plan && (() => plan(1)),
    batches: () => batches,
    callbacks: [
      {
        name: 'time',
        on: {
          step: (event) => {
            ended = performance.now();
            if (event.step <= 2) began = ended;
            else images += event.images;
            return undefined;
          },
        },
      },
    ],
  });
  await trainer.fit({ resume: 'never' });
  signal.throwIfAborted();
  return (ended - began) / 1000 / Math.max(images, 1);
}

/** All rows below one folder. */
export interface RootedFold {
  readonly root: string;
  readonly train: readonly ManifestRow[];
  readonly validation: readonly ManifestRow[];
  readonly test: readonly ManifestRow[];
  /** As many as without pseudo labels, so that a student takes as many steps as a model without them. */
  readonly imagesPerEpoch: number;
}

/** The rows of a fold, the competition's and external ones, below one folder. */
export async function rowsBelowRoot(
  { train, validation }: FoldData,
  { sources }: TrainingSettings,
  inputs: {
    readonly data: string;
    readonly test: string;
    readonly external: readonly string[] | undefined;
    readonly extra: readonly string[] | undefined;
  },
): Promise<RootedFold> {
  const test = (await readManifest(inputs.test)).rows;
  const imagesPerEpoch = train.filter(({ provenance }) => provenance.kind !== 'pseudo').length;
  if ((inputs.extra ?? []).length === 0)
    return { root: inputs.data, train, validation, test, imagesPerEpoch };
  const { root, competition, external } = await resolveRoots(rootsOf(inputs.data, inputs.external, sources));
  const rooted = train.flatMap((row) =>
    row.provenance.kind === 'true' ? competition([row]) : external([row]),
  );
  return {
    root,
    train: rooted,
    validation: competition(validation),
    test: competition(test),
    imagesPerEpoch,
  };
}

interface BatchOptions {
  readonly data: RootedFold;
  readonly heads: readonly Head[];
  readonly settings: TrainingSettings;
  readonly transform: TransformModule;
  readonly seed: number;
  readonly epochs: number;
}

function trainingBatches(
  { data: { root, train, imagesPerEpoch }, heads, settings, transform, seed, epochs }: BatchOptions,
  state: unknown,
) {
  const { batchSize, imageSize } = settings;
  const sampler = createSampler(settings.sampler, {
    rows: train,
    heads,
    imagesPerEpoch,
    pseudoShare: settings.pseudoShare,
  });
  // As many in every epoch.
  const images = sampler.order({ rows: train, rng: Rng.fromSeed(seed), batchSize }).length;
  return createLoader({
    root,
    rows: train,
    heads,
    batchSize,
    seed,
    epochs,
    transform,
    sampler,
    imageSize: [imageSize, imageSize],
    // A batch of one has no statistics for batch norm.
    dropLast: images > batchSize && images % batchSize === 1,
    state: state as LoaderOptions['state'],
  });
}

/** The same images every epoch, from one loader: its threads start once. */
function validationLoader(
  { root, validation }: RootedFold,
  heads: readonly Head[],
  settings: TrainingSettings,
) {
  const { batchSize, imageSize } = settings;
  return createLoader({
    root,
    rows: validation,
    heads,
    batchSize,
    epochs: settings.epochs,
    seed: 0,
    imageSize: [imageSize, imageSize],
    transform: pipelineModule(evalSteps(settings)),
  });
}

/** A stage's optimizer with its options. */
export function optimizerOf({
  optimizer,
  learningRate,
}: Pick<TrainingSettings, 'optimizer' | 'learningRate'>): OptimizerOptions {
  const { name, options } = nameAndOptions(optimizer);
  return { name, learningRate, ...options } as OptimizerOptions;
}

function averageOf(
  { ema, swa, epochs }: TrainingSettings,
  batches: () => ReturnType<typeof trainingBatches>,
) {
  if (swa !== undefined)
    return {
      weights: createSwa(),
      by: 'epoch' as const,
      from: Math.floor(swa * epochs),
      refreshStatistics: batches,
    };
  return ema > 0 ? { weights: createEma({ decay: ema, warmup: true }) } : undefined;
}

function mixerOf({ mixup, cutmix }: TrainingSettings) {
  return mixup > 0 || cutmix > 0 ? createBatchMixer({ mixup, cutmix }) : undefined;
}

/** What a stop, and a schedule that reacts, looks at: the metric of the only head, or the loss of all. */
function monitored({ metric }: TrainingSettings, heads: readonly Head[]): string {
  return heads.length === 1 ? metric : 'loss';
}

function stoppingOf(settings: TrainingSettings, heads: readonly Head[]): Callback[] {
  const { earlyStopping: given } = settings;
  if (given === undefined) return [];
  const monitor = monitored(settings, heads);
  return [earlyStopping({ ...given, monitor, mode: modeOf(monitor) })];
}

/** Whether a lower or a higher value is better: the metric says. */
function modeOf(monitor: string): 'min' | 'max' {
  return monitor !== 'loss' && metrics.get(monitor).direction === 'higher' ? 'max' : 'min';
}

/** Built or not, the module is in the folder beside this one, with the same ending. */
const USER_TRANSFORM = new URL(`../user-code/user-transform${extname(import.meta.url)}`, import.meta.url)
  .href;

/** What training images go through in the loader's workers. */
export function trainingTransform(settings: TrainingSettings, code: string | undefined): TransformModule {
  const { augment } = settings;
  if (Array.isArray(augment)) return pipelineModule(augment.length === 0 ? evalSteps(settings) : augment);
  const { export: name, argument } = augment;
  return {
    module: USER_TRANSFORM,
    factory: 'userTransform',
    argument: { file: code, name, argument },
    fresh: true,
  };
}

function validationMetric(name: string) {
  const metric = metrics.get(name);
  return {
    [name]: (predictions: Parameters<typeof scoreRows>[0], targets: ArrayLike<number>): number => {
      const rows = scoreRows(predictions, targets);
      // A fold may lack a class that the metric needs.
      return metric.tasks.includes(rows.task) ? metric.prepare(rows)(rows.weights) : Number.NaN;
    },
  };
}
