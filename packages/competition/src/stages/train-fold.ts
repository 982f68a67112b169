import { extname, join } from 'node:path';
import { createBatchMixer } from '@podium/augment';
import { writeFileAtomic } from '@podium/core';
import {
  createLoader,
  type ManifestRow,
  readManifest,
  shuffled,
  type TransformModule,
} from '@podium/dataset';
import { metrics, scoreRows } from '@podium/metrics';
import { applyTransfer, planFor, stageAt } from '@podium/model-zoo';
import { stateDict } from '@podium/nn';
import { writeSafetensors } from '@podium/nn/checkpoint-files';
import { defineStage } from '@podium/pipeline';
import {
  createCheckpointStore,
  createEma,
  createHeadsLoss,
  createTrainer,
  historyCsv,
  type OptimizerOptions,
  progress,
} from '@podium/training';
import { z } from 'zod';
import { writeHeads } from '../artifacts/head-predictions.ts';
import { writeJson } from '../artifacts/json.ts';
import { rationed } from '../external/fixed-size-epochs.ts';
import { mountFolders, mountsOf } from '../external/mount-folders.ts';
import { type FoldLesson, lessonOf, recordOf } from '../external/student-rows.ts';
import { readRows } from '../heads/fold-rows.ts';
import { headLoss, lossSettings } from '../models/head-loss.ts';
import { computing, openEngine } from '../models/open-engine.ts';
import { modelSettings, openModel } from '../models/open-model.ts';
import { predictRows } from '../models/predict-rows.ts';
import { scheduleOf } from '../models/schedule.ts';
import { evalSteps, pipelineModule, viewNames } from '../models/views.ts';

const settingsOf = z.strictObject({
  ...modelSettings,
  ...lossSettings,
  ...computing,
  fold: z.int().min(0),
  heads: z.array(z.string()).min(1),
  /** Left out: everything is trained from the first step on. */
  plan: z.enum(['enough-similar', 'enough-dissimilar', 'little-similar', 'little-dissimilar']).optional(),
  epochs: z.int().min(1),
  batchSize: z.int().min(1),
  accumulate: z.int().min(1).default(1),
  optimizer: z.string(),
  learningRate: z.number().positive(),
  weightDecay: z.number().min(0),
  schedule: z.enum(['constant', 'cosine', 'one-cycle']),
  warmUp: z.number().min(0).max(0.9),
  /** A list of steps, or what the module at the port `transformCode` exports. */
  augment: z.union([
    z.array(z.json()),
    z.strictObject({ export: z.string(), argument: z.json().optional() }),
  ]),
  mixup: z.number().min(0),
  cutmix: z.number().min(0),
  ema: z.number().min(0).max(1),
  clipNorm: z.number().positive().optional(),
  dropRate: z.number().min(0).max(1).optional(),
  dropPathRate: z.number().min(0).max(1).optional(),
  views: z.array(z.enum(viewNames)).min(1),
  metric: z.string(),
  /** Names of the folders at the port `external`. */
  sources: z.array(z.string()).default([]),
  /** Of images in an epoch that have pseudo labels; as many as there are, at most half, where left out. */
  pseudoShare: z.number().gt(0).lt(1).optional(),
});
type TrainSettings = z.output<typeof settingsOf>;

/** Trains one model on all folds but one, and predicts that fold and the test images. */
export const trainFold = defineStage({
  name: 'train-fold',
  version: '3',
  module: import.meta.url,
  random: true,
  settings: settingsOf,
  inputs: {
    data: { kind: 'folder', type: 'competition' },
    train: { kind: 'file', type: 'manifest' },
    test: { kind: 'file', type: 'manifest' },
    folds: { kind: 'file', type: 'folds' },
    weights: { kind: 'file', type: 'weights', optional: true },
    modelCode: { kind: 'file', type: 'code', optional: true },
    transformCode: { kind: 'file', type: 'code', optional: true },
    external: { kind: 'folder', type: 'external', many: true, optional: true },
    /** More rows that train: external ones with labels, pseudo-labeled ones. They never validate. */
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
    const { fold, heads: names } = settings;
    const { rows, heads } = await readRows(inputs.train, inputs.folds, names);
    const lesson = await lessonOf({ rows, fold, extra: inputs.extra, teacher: inputs.teacher });
    const { root, train, validation, test, images } = await placedRows(lesson, settings, inputs);
    await openEngine(settings, signal);
    const seed = rng.int(2 ** 31);
    const model = await openModel({ settings, heads, seed, weights: inputs.weights, code: inputs.modelCode });
    const loss = createHeadsLoss(heads.map((head) => headLoss(head, train, settings)));
    const { epochs, batchSize, accumulate, imageSize, ema, input, plan } = settings;
    const stepsAnEpoch = Math.ceil(Math.ceil(images / batchSize) / accumulate);
    const average = ema > 0 ? createEma({ decay: ema, warmUp: true }) : undefined;
    const transform = trainingTransform(settings, inputs.transformCode);
    const caseOf = plan === undefined ? undefined : planFor(plan);
    const trainer = createTrainer({
      model,
      loss,
      epochs,
      accumulate,
      seed,
      normalization: input,
      optimizer: { name: settings.optimizer, learningRate: settings.learningRate } as OptimizerOptions,
      groups: { weightDecay: settings.weightDecay },
      ...scheduleOf(settings, epochs * stepsAnEpoch),
      clipNorm: settings.clipNorm,
      ...(caseOf !== undefined && { plan: (share) => applyTransfer(model, caseOf, stageAt(caseOf, share)) }),
      ...(average !== undefined && { average: { weights: average } }),
      ...mixerOf(settings),
      batches: (state) =>
        createLoader({
          root,
          rows: train,
          heads,
          batchSize,
          seed,
          epochs,
          transform,
          sampler: images < train.length ? rationed({ images, ...ration(settings) }) : shuffled(),
          imageSize: [imageSize, imageSize],
          // A batch of one has no statistics for batch norm.
          dropLast: images > batchSize && images % batchSize === 1,
          state: state as never,
        }),
      validation: {
        batches: () =>
          createLoader({
            root,
            rows: validation,
            heads,
            batchSize,
            seed: 0,
            imageSize: [imageSize, imageSize] as const,
            transform: pipelineModule(evalSteps(settings)),
          }),
        metrics: metricOf(settings.metric),
        classNames: Object.fromEntries(heads.map(({ name, classes }) => [name, classes])),
      },
      checkpoints: createCheckpointStore({ folder: join(workFolder, 'checkpoints'), keepBest: 0 }),
      signal,
      callbacks: [
        progress((told) => {
          const { share, epoch, loss: value } = told;
          const message = `epoch ${epoch + 1} of ${epochs}, loss ${value.toFixed(3)}`;
          report({ done: Math.round(share * 1000), total: 1000, unit: 'steps', message });
        }),
      ],
    });
    const result = await trainer.fit();
    signal.throwIfAborted();
    average?.copyTo(model);
    await writeSafetensors(outputs.weights, stateDict(model), { podium: 'trained' });
    await writeFileAtomic(outputs.history, historyCsv(result.history));
    const predict = async (predicted: readonly ManifestRow[]) =>
      predictRows(model, loss, { root, rows: predicted, heads }, settings, (done, total) =>
        report({ done, total, unit: 'images', message: 'predicting' }),
      );
    const oof = await predict(validation);
    await writeHeads(outputs.oof, new Map([...oof].map(([name, own]) => [name, own.withFold(fold)])));
    await writeHeads(outputs.test, test.length === 0 ? new Map() : await predict(test));
    await writeJson(outputs.teacher, await recordOf(lesson, outputs.weights));
  },
});

/**
 * All rows below one folder, and how many images an epoch has: as many as there are without pseudo labels, so that a
 * student is trained for as many steps as a model without them.
 */
async function placedRows(
  { train, validation }: FoldLesson,
  { sources }: TrainSettings,
  inputs: {
    readonly data: string;
    readonly test: string;
    readonly external: readonly string[] | undefined;
    readonly extra: readonly string[] | undefined;
  },
) {
  const test = (await readManifest(inputs.test)).rows;
  const images = train.filter(({ provenance }) => provenance.kind !== 'pseudo').length;
  if ((inputs.extra ?? []).length === 0) return { root: inputs.data, train, validation, test, images };
  const { root, own, named } = await mountFolders(mountsOf(inputs.data, inputs.external, sources));
  const placed = train.flatMap((row) => (row.provenance.kind === 'true' ? own([row]) : named([row])));
  return { root, train: placed, validation: own(validation), test: own(test), images };
}

function ration({ pseudoShare }: TrainSettings) {
  return pseudoShare === undefined ? {} : { share: pseudoShare };
}

/** Built or not, the module is beside this one, with the same ending. */
const OWN_TRANSFORM = new URL(`./support/own-transform${extname(import.meta.url)}`, import.meta.url).href;

/** What training images go through, for the loader's workers. */
export function trainingTransform(settings: TrainSettings, code: string | undefined): TransformModule {
  const { augment } = settings;
  if (Array.isArray(augment)) return pipelineModule(augment.length === 0 ? evalSteps(settings) : augment);
  const { export: name, argument } = augment;
  return {
    module: OWN_TRANSFORM,
    factory: 'ownTransform',
    argument: { file: code, name, argument },
  };
}

function mixerOf({ mixup, cutmix }: TrainSettings) {
  return mixup > 0 || cutmix > 0 ? { mixer: createBatchMixer({ mixup, cutmix }) } : {};
}

function metricOf(name: string) {
  const metric = metrics.get(name);
  return {
    [name]: (predictions: Parameters<typeof scoreRows>[0], targets: ArrayLike<number>): number => {
      const rows = scoreRows(predictions, targets);
      // One fold may lack a class that the metric needs.
      return metric.tasks.includes(rows.task) ? metric.prepare(rows)(rows.weights) : Number.NaN;
    },
  };
}
