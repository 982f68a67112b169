import { join } from 'node:path';
import {
  createLoader,
  type Head,
  type LoaderOptions,
  type ManifestRow,
  readManifest,
  rowsOfFold,
  shuffled,
} from '@podium/dataset';
import type { ImageModel } from '@podium/model-zoo';
import { loadStateDict, stateDict } from '@podium/nn';
import { writeSafetensors } from '@podium/nn/checkpoint-files';
import { defineStage } from '@podium/pipeline';
import { assertNoLeak } from '@podium/pseudo-label';
import {
  createSemiSupervised,
  pairBatches,
  semiSupervisedMethods,
  trainSemiSupervised,
  type Views,
} from '@podium/semi-supervised';
import { createCheckpointStore, createEma, type LearnerSettings, modelCheckpoint } from '@podium/training';
import { z } from 'zod';
import { resolveRoots, rootsOf } from '../external/resolve-roots.ts';
import { unlabeledRows } from '../external/unlabeled-rows.ts';
import { readRows } from '../heads/fold-rows.ts';
import { evaluationLoss } from '../models/head-loss.ts';
import { computing, openEngine } from '../models/open-engine.ts';
import { modelSettings, openModel } from '../models/open-model.ts';
import { predictWithNetwork } from '../models/predict-with-network.ts';
import { scheduleOf } from '../models/schedule.ts';
import { optimizerOf } from '../models/train-network.ts';
import { pipelineModule } from '../models/views.ts';
import { writeFoldPredictions } from '../models/write-fold-predictions.ts';
import type { ApplyStage } from '../predict/apply-stage.ts';
import { shapeFor } from '../recipe/recipe.ts';

const schema = z.strictObject({
  ...modelSettings,
  ...computing,
  // Epochs are those of labeled images: there are as many steps as in training without the others.
  ...shapeFor('semi'),
  fold: z.int().min(0),
  heads: z.array(z.string()).min(1),
  method: z.string(),
  options: z.record(z.string(), z.json()),
  /** Unlabeled images per labeled one. Default: the paper's. */
  ratio: z.number().positive().optional(),
  /** Transforms of the view that labels are made from, and of the view that is trained on. */
  weak: z.array(z.json()).min(1),
  strong: z.array(z.json()).min(1),
  sources: z.array(z.string()),
});
type TrainSemiSettings = z.output<typeof schema>;

const apply: ApplyStage = (context) => predictWithNetwork(schema.parse(context.instance.settings), context);

/** Trains one model on labeled and unlabeled images at once, on all folds but one, and predicts that fold and the test. */
export const trainSemi = defineStage({
  name: 'train-semi',
  version: '5',
  module: import.meta.url,
  warm: true,
  random: true,
  settings: schema,
  inputs: {
    data: { kind: 'folder', type: 'competition' },
    train: { kind: 'file', type: 'manifest' },
    test: { kind: 'file', type: 'manifest' },
    folds: { kind: 'file', type: 'folds' },
    external: { kind: 'folder', type: 'external', many: true, optional: true },
    /** Admitted external images. */
    rows: { kind: 'file', type: 'manifest', optional: true },
    /** Test images, if the settings allow learning from them. */
    allowed: { kind: 'file', type: 'manifest', optional: true },
    weights: { kind: 'file', type: 'weights', optional: true },
    modelCode: { kind: 'file', type: 'code', optional: true },
  },
  outputs: {
    weights: { kind: 'file', type: 'weights', path: 'weights.safetensors' },
    oof: { kind: 'folder', type: 'predictions' },
    test: { kind: 'folder', type: 'predictions' },
  },
  needs: () => ({ cores: 'all', memoryBytes: 4 << 30 }),
  run: async ({ settings, inputs, outputs, workFolder, signal, report, rng }) => {
    const { epochs, batchSize, ema } = settings;
    const { rows, heads } = await readRows(inputs.train, inputs.folds, settings.heads);
    const data = await rowsBelowRoot(rows, settings, inputs);
    await openEngine(settings, signal);
    const method = createSemiSupervised(
      { name: settings.method, ...settings.options },
      {
        heads: heads.map(({ name, classes }) => ({ name, classes: classes.length })),
        unlabeled: data.unlabeled.length,
      },
    );
    const stepsPerEpoch = Math.ceil(data.labeled.length / batchSize);
    const steps = epochs * stepsPerEpoch;
    const learner = async (seed: number): Promise<LearnerSettings & { readonly model: ImageModel }> => ({
      model: await openModel({ settings, heads, seed, weights: inputs.weights, code: inputs.modelCode }),
      optimizer: optimizerOf(settings),
      groups: { weightDecay: settings.weightDecay },
      ...scheduleOf(settings, { steps, stepsPerEpoch }),
      clipNorm: settings.clipNorm,
    });
    const student = await learner(rng.split('student').int(2 ** 31));
    const teacher =
      method.teacher === 'trained' ? await learner(rng.split('teacher').int(2 ** 31)) : undefined;
    // A teacher that is an average is the model to use already.
    const average =
      ema > 0 && method.teacher !== 'average' ? createEma({ decay: ema, initialWeights: true }) : undefined;
    const result = await trainSemiSupervised({
      method,
      student: { ...student, average: average && { weights: average } },
      teacher,
      steps,
      seed: rng.split('run').int(2 ** 31),
      normalization: settings.input,
      precision: settings.precision,
      batches: openBatches({
        ...data,
        heads,
        settings,
        views: method.views,
        seed: rng.split('batches').int(2 ** 31),
      }),
      checkpoints: createCheckpointStore({ folder: join(workFolder, 'checkpoints'), keepBest: 0 }),
      // An epoch of few labeled images may be a step or two.
      saveEvery: 'on-request',
      callbacks: [modelCheckpoint({ everyMinutes: 0.5 })],
      signal,
      onEvent: (event) => {
        if (event.type !== 'step' || (event.step % 10 !== 0 && event.step !== steps)) return;
        const { step, loss, losses, learningRate } = event;
        const parts = Object.entries({ ...losses, total: loss });
        report({
          done: step,
          total: steps,
          unit: 'steps',
          message: parts.map(([name, value]) => `${name} ${value.toFixed(3)}`).join(', '),
          points: [
            {
              step,
              values: {
                'train/loss': loss,
                learning_rate: learningRate,
                ...Object.fromEntries(
                  Object.entries(losses).map(([name, value]) => [`train/${name}`, value]),
                ),
              },
            },
          ],
        });
      },
    });
    signal.throwIfAborted();
    const { model } = student;
    average?.copyTo(model);
    average?.dispose();
    if (result.model !== (model as unknown)) loadStateDict(model, stateDict(result.model));
    await writeSafetensors(outputs.weights, stateDict(model), { podium: 'trained' });
    await writeFoldPredictions(model, evaluationLoss(heads), heads, data, settings, outputs, report);
    model.dispose();
    teacher?.model.dispose();
  },
  apply,
});

/** All rows below one folder. */
interface RootedRows {
  readonly root: string;
  readonly labeled: readonly ManifestRow[];
  readonly unlabeled: readonly ManifestRow[];
  readonly validation: readonly ManifestRow[];
  readonly test: readonly ManifestRow[];
}

async function rowsBelowRoot(
  rows: readonly ManifestRow[],
  { fold, heads, sources }: TrainSemiSettings,
  inputs: {
    readonly data: string;
    readonly test: string;
    readonly external: readonly string[] | undefined;
    readonly rows: string | undefined;
    readonly allowed: string | undefined;
  },
): Promise<RootedRows> {
  const admitted = inputs.rows === undefined ? [] : (await readManifest(inputs.rows)).rows;
  const isLabeled = ({ labels }: ManifestRow) => heads.some((name) => Object.hasOwn(labels, name));
  const { train, validation } = rowsOfFold([...rows, ...admitted.filter(isLabeled)], fold);
  assertNoLeak({ fold, train, validation, teachers: [] });
  const { root, competition, external } = await resolveRoots(rootsOf(inputs.data, inputs.external, sources));
  return {
    root,
    labeled: train
      .filter(isLabeled)
      .flatMap((row) => (row.provenance.kind === 'true' ? competition([row]) : external([row]))),
    unlabeled: external(await unlabeledRows({ rows: inputs.rows, test: inputs.allowed })),
    validation: competition(validation),
    test: competition((await readManifest(inputs.test)).rows),
  };
}

/** Labeled and unlabeled images side by side, without end, each in an order of their own. */
function openBatches({
  root,
  labeled,
  unlabeled,
  heads,
  views,
  seed,
  settings,
}: RootedRows & {
  readonly heads: readonly Head[];
  readonly views: Views;
  readonly seed: number;
  readonly settings: TrainSemiSettings;
}) {
  const { batchSize, imageSize, weak, strong, method } = settings;
  const ratio = settings.ratio ?? semiSupervisedMethods.get(method).ratio;
  const size = Math.min(batchSize, labeled.length);
  const common = {
    root,
    imageSize: [imageSize, imageSize] as const,
    epochs: 1_000_000,
    sampler: shuffled(),
    dropLast: true,
  };
  return pairBatches(
    (state) =>
      createLoader({
        ...common,
        rows: labeled,
        heads,
        batchSize: size,
        seed: `${seed}/labelled`,
        transform: pipelineModule(weak),
        state: state as LoaderOptions['state'],
      }),
    (state) =>
      createLoader({
        ...common,
        rows: unlabeled,
        batchSize: Math.min(Math.max(1, Math.round(size * ratio)), unlabeled.length),
        seed: `${seed}/unlabelled`,
        views: [pipelineModule(weak), ...(views === 'weak and strong' ? [pipelineModule(strong)] : [])],
        state: state as LoaderOptions['state'],
      }),
  );
}
