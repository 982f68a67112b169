import { extname, join } from 'node:path';
import { createBatchMixer } from '@podium/augment';
import { Rng, writeFileAtomic } from '@podium/core';
import {
  createLoader,
  type Head,
  type LoaderOptions,
  type ManifestRow,
  readManifest,
  type TransformModule,
} from '@podium/dataset';
import { metrics, scoreRows } from '@podium/metrics';
import { applyTransfer, planFor, stageAt } from '@podium/model-zoo';
import { loadStateDict, stateDict } from '@podium/nn';
import { writeSafetensors } from '@podium/nn/checkpoint-files';
import { defineStage } from '@podium/pipeline';
import {
  applyAverage,
  type Callback,
  createCheckpointStore,
  createEma,
  createSwa,
  createTrainer,
  earlyStopping,
  historyCsv,
  type OptimizerOptions,
  uniformSoup,
} from '@podium/training';
import { z } from 'zod';
import { writeJson } from '../artifacts/json.ts';
import { type FoldData, readFoldData, teacherRecord } from '../external/fold-data.ts';
import { resolveRoots, rootsOf } from '../external/resolve-roots.ts';
import { readRows } from '../heads/fold-rows.ts';
import { trainingLoss } from '../models/head-loss.ts';
import { computing, openEngine } from '../models/open-engine.ts';
import { modelSettings, openModel } from '../models/open-model.ts';
import { predictWithNetwork } from '../models/predict-with-network.ts';
import { progressCallback } from '../models/progress-callback.ts';
import { createSampler } from '../models/sampler.ts';
import { savedEpochs, saveEpochs } from '../models/save-epochs.ts';
import { scheduleOf } from '../models/schedule.ts';
import { evalSteps, pipelineModule } from '../models/views.ts';
import { writeFoldPredictions } from '../models/write-fold-predictions.ts';
import type { ApplyStage } from '../predict/apply-stage.ts';
import { shapeFor } from '../recipe/recipe.ts';
import { nameAndOptions } from '../recipe/shared-schemas.ts';

const schema = z.strictObject({
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
});
export type TrainFoldSettings = z.output<typeof schema>;

const apply: ApplyStage = (context) => predictWithNetwork(schema.parse(context.instance.settings), context);

/** Trains one model on all folds but one, and predicts that fold and the test images. */
export const trainFold = defineStage({
  name: 'train-fold',
  version: '6',
  module: import.meta.url,
  random: true,
  settings: schema,
  inputs: {
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
    /** The record of the teacher whose labels are among them. */
    teacher: { kind: 'file', type: 'teacher', optional: true },
  },
  outputs: {
    weights: { kind: 'file', type: 'weights', path: 'weights.safetensors' },
    oof: { kind: 'folder', type: 'predictions' },
    test: { kind: 'folder', type: 'predictions' },
    history: { kind: 'file', type: 'history', path: 'history.csv' },
    teacher: { kind: 'file', type: 'teacher', path: 'teacher.json' },
  },
  needs: () => ({ cores: 'all', memoryBytes: 3 << 30 }),
  run: async ({ settings, inputs, outputs, workFolder, signal, report, rng }) => {
    const { fold, epochs, accumulate, soup } = settings;
    const { rows, heads } = await readRows(inputs.train, inputs.folds, settings.heads);
    const foldData = await readFoldData({ rows, fold, extra: inputs.extra, teacher: inputs.teacher });
    const data = await rowsBelowRoot(foldData, settings, inputs);
    await openEngine(settings, signal);
    const seed = rng.int(2 ** 31);
    const model = await openModel({ settings, heads, seed, weights: inputs.weights, code: inputs.modelCode });
    const loss = trainingLoss(heads, data.train, settings);
    const transform = trainingTransform(settings, inputs.transformCode);
    const open = (given: Pick<BatchOptions, 'epochs'>, state: unknown) =>
      trainingBatches({ data, heads, settings, transform, seed, ...given }, state);
    // All epochs of a sampler have as many batches.
    const stepsPerEpoch = Math.ceil(open({ epochs }, undefined).steps(0) / accumulate);
    const transferPlan = settings.plan && planFor(settings.plan);
    const soupFolder = join(workFolder, 'soup');
    const average = averageOf(settings, () => open({ epochs: 1 }, undefined));
    const validation = validationLoader(data, heads, settings);
    const trainer = createTrainer({
      model,
      loss,
      epochs,
      accumulate,
      seed,
      precision: settings.precision,
      normalization: settings.input,
      optimizer: optimizerOf(settings),
      groups: { weightDecay: settings.weightDecay },
      ...scheduleOf(settings, {
        steps: epochs * stepsPerEpoch,
        stepsPerEpoch,
        mode: modeOf(monitored(settings, heads)),
      }),
      clipNorm: settings.clipNorm,
      plan: transferPlan && ((share) => applyTransfer(model, transferPlan, stageAt(transferPlan, share))),
      average,
      mixer: mixerOf(settings),
      recompute: settings.recompute === false ? undefined : settings.recompute,
      batches: (state) => open({ epochs }, state),
      validation: {
        batches: () => validation.epoch(),
        metrics: validationMetric(settings.metric),
        classNames: Object.fromEntries(heads.map(({ name, classes }) => [name, classes])),
      },
      monitor: monitored(settings, heads),
      checkpoints: createCheckpointStore({ folder: join(workFolder, 'checkpoints'), keepBest: 0 }),
      signal,
      callbacks: [
        progressCallback(report, epochs),
        ...stoppingOf(settings, heads),
        ...(soup === undefined ? [] : [saveEpochs(soupFolder, soup)]),
      ],
    });
    const result = await trainer.fit().finally(() => validation.close());
    signal.throwIfAborted();
    if (average !== undefined) await applyAverage(model, average, { normalization: settings.input, seed });
    if (soup !== undefined) loadStateDict(model, await uniformSoup(await savedEpochs(soupFolder)));
    await writeSafetensors(outputs.weights, stateDict(model), { podium: 'trained' });
    await writeFileAtomic(outputs.history, historyCsv(result.history));
    await writeFoldPredictions(model, loss, heads, data, settings, outputs, report);
    await writeJson(outputs.teacher, await teacherRecord(foldData, outputs.weights));
  },
  apply,
});

/** All rows below one folder. */
interface RootedFold {
  readonly root: string;
  readonly train: readonly ManifestRow[];
  readonly validation: readonly ManifestRow[];
  readonly test: readonly ManifestRow[];
  /** As many as without pseudo labels, so that a student takes as many steps as a model without them. */
  readonly imagesPerEpoch: number;
}

async function rowsBelowRoot(
  { train, validation }: FoldData,
  { sources }: TrainFoldSettings,
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
  readonly settings: TrainFoldSettings;
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
  settings: TrainFoldSettings,
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
}: Pick<TrainFoldSettings, 'optimizer' | 'learningRate'>): OptimizerOptions {
  const { name, options } = nameAndOptions(optimizer);
  return { name, learningRate, ...options } as OptimizerOptions;
}

function averageOf(
  { ema, swa, epochs }: TrainFoldSettings,
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

function mixerOf({ mixup, cutmix }: TrainFoldSettings) {
  return mixup > 0 || cutmix > 0 ? createBatchMixer({ mixup, cutmix }) : undefined;
}

/** What a stop, and a schedule that reacts, looks at: the metric of the only head, or the loss of all. */
function monitored({ metric }: TrainFoldSettings, heads: readonly Head[]): string {
  return heads.length === 1 ? metric : 'loss';
}

function stoppingOf(settings: TrainFoldSettings, heads: readonly Head[]): Callback[] {
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
export function trainingTransform(settings: TrainFoldSettings, code: string | undefined): TransformModule {
  const { augment } = settings;
  if (Array.isArray(augment)) return pipelineModule(augment.length === 0 ? evalSteps(settings) : augment);
  const { export: name, argument } = augment;
  return { module: USER_TRANSFORM, factory: 'userTransform', argument: { file: code, name, argument } };
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
