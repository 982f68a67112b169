import {
  createLoader,
  type ManifestRow,
  readManifest,
  rowsOfFold,
  shuffled,
  splitViews,
} from '@podium/dataset';
import type { ImageModel } from '@podium/model-zoo';
import { loadStateDict, stateDict } from '@podium/nn';
import { writeSafetensors } from '@podium/nn/checkpoint-files';
import { defineStage } from '@podium/pipeline';
import { refuseLeak } from '@podium/pseudo-label';
import {
  createSemiSupervised,
  type LearnerSettings,
  type SemiSupervisedBatch,
  semiSupervisedMethods,
  trainSemiSupervised,
} from '@podium/pseudo-label/online';
import { createHeadsLoss, createOptimizer, type OptimizerOptions, parameterGroups } from '@podium/training';
import { z } from 'zod';
import { writeHeads } from '../artifacts/head-predictions.ts';
import { resolveRoots, rootsOf } from '../external/resolve-roots.ts';
import { unlabeledRows } from '../external/unlabeled-rows.ts';
import { readRows } from '../heads/fold-rows.ts';
import { headLoss } from '../models/head-loss.ts';
import { computing, openEngine } from '../models/open-engine.ts';
import { modelSettings, openModel } from '../models/open-model.ts';
import { predictRows } from '../models/predict-rows.ts';
import { scheduleOf } from '../models/schedule.ts';
import { pipelineModule, viewNames } from '../models/views.ts';

/** Trains one model on labeled and unlabeled images at once, on all folds but one, and predicts that fold and the test. */
export const trainSemi = defineStage({
  name: 'train-semi',
  version: '2',
  module: import.meta.url,
  random: true,
  settings: z.strictObject({
    ...modelSettings,
    ...computing,
    fold: z.int().min(0),
    heads: z.array(z.string()).min(1),
    method: z.string(),
    options: z.record(z.string(), z.json()),
    /** Unlabeled images for each labeled one; the paper's where left out. */
    ratio: z.number().positive().optional(),
    /** Of labeled images: there are as many steps as in training without the others. */
    epochs: z.int().min(1),
    batchSize: z.int().min(1),
    optimizer: z.string(),
    learningRate: z.number().positive(),
    weightDecay: z.number().min(0),
    schedule: z.enum(['constant', 'cosine', 'one-cycle']),
    warmup: z.number().min(0).max(0.9),
    /** Steps of augmentation: what labels are made from, and what is trained on. */
    weak: z.array(z.json()).min(1),
    strong: z.array(z.json()).min(1),
    ema: z.number().min(0).max(1),
    clipNorm: z.number().positive().optional(),
    dropRate: z.number().min(0).max(1).optional(),
    dropPathRate: z.number().min(0).max(1).optional(),
    views: z.array(z.enum(viewNames)).min(1),
    sources: z.array(z.string()),
  }),
  inputs: {
    data: { kind: 'folder', type: 'competition' },
    train: { kind: 'file', type: 'manifest' },
    test: { kind: 'file', type: 'manifest' },
    folds: { kind: 'file', type: 'folds' },
    external: { kind: 'folder', type: 'external', many: true, optional: true },
    /** Admitted external images. */
    rows: { kind: 'file', type: 'manifest', optional: true },
    /** Test images, where the settings let them be learned from. */
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
  run: async ({ settings, inputs, outputs, signal, report, rng }) => {
    const { fold, heads: names, epochs, batchSize, ema, input, clipNorm } = settings;
    const { rows, heads } = await readRows(inputs.train, inputs.folds, names);
    const outside = inputs.rows === undefined ? [] : (await readManifest(inputs.rows)).rows;
    const isLabeled = ({ labels }: ManifestRow) => names.some((name) => labels[name] !== undefined);
    const { train, validation } = rowsOfFold([...rows, ...outside.filter(isLabeled)], fold);
    refuseLeak({ fold, train, validation, teachers: [] });
    const roots = await resolveRoots(rootsOf(inputs.data, inputs.external, settings.sources));
    const labeled = train
      .filter(isLabeled)
      .flatMap((row) => (row.provenance.kind === 'true' ? roots.competition([row]) : roots.external([row])));
    const unlabeled = roots.external(await unlabeledRows({ rows: inputs.rows, test: inputs.allowed }));
    await openEngine(settings, signal);
    const method = createSemiSupervised(
      { name: settings.method, ...settings.options },
      { classes: heads.map(({ classes }) => classes.length), unlabeled: unlabeled.length },
    );
    const ratio = settings.ratio ?? semiSupervisedMethods.get(settings.method).ratio;
    const steps = epochs * Math.ceil(labeled.length / batchSize);
    const learner = async (seed: number): Promise<LearnerSettings & { readonly model: ImageModel }> => {
      const model = await openModel({
        settings,
        heads,
        seed,
        weights: inputs.weights,
        code: inputs.modelCode,
      });
      const optimizer = createOptimizer(
        { name: settings.optimizer, learningRate: settings.learningRate } as OptimizerOptions,
        parameterGroups(model, { weightDecay: settings.weightDecay }),
      );
      return {
        model,
        optimizer,
        ...scheduleOf(settings, steps),
        clipNorm,
      };
    };
    const student = await learner(rng.split('student').int(2 ** 31));
    const teacher =
      method.teacher === 'trained' ? await learner(rng.split('teacher').int(2 ** 31)) : undefined;
    const result = await trainSemiSupervised({
      method,
      student,
      steps,
      signal,
      normalization: input,
      precision: settings.precision,
      teacher,
      // A teacher that is an average is the model to use already.
      ...(ema > 0 && method.teacher !== 'average' && { average: { decay: ema } }),
      seed: rng.split('run').int(2 ** 31),
      batches: () =>
        mixedBatches({
          root,
          labeled,
          unlabeled,
          heads: names,
          ratio,
          settings,
          seed: rng.split('batches').int(2 ** 31),
          allHeads: heads,
          views: method.views,
        }),
      onEvent: (event) => {
        if (event.type !== 'step' || (event.step % 10 !== 0 && event.step !== steps)) return;
        const losses = Object.entries(event.losses).map(([name, loss]) => `${name} ${loss.toFixed(3)}`);
        report({ done: event.step, total: steps, unit: 'steps', message: losses.join(', ') });
      },
    });
    signal.throwIfAborted();
    const { model } = student;
    if (result.model !== (model as unknown)) loadStateDict(model, stateDict(result.model));
    await writeSafetensors(outputs.weights, stateDict(model), { podium: 'trained' });
    const plain = { labelSmoothing: 0, classWeights: 'none' as const, headWeights: {} };
    const loss = createHeadsLoss(heads.map((head) => headLoss(head, [], plain)));
    const predict = async (some: readonly ManifestRow[]) =>
      predictRows(model, loss, { root, rows: roots.competition(some), heads }, settings, (done, total) =>
        report({ done, total, unit: 'images', message: 'predicting' }),
      );
    const oof = await predict(validation);
    await writeHeads(outputs.oof, new Map([...oof].map(([name, each]) => [name, each.withFold(fold)])));
    const test = (await readManifest(inputs.test)).rows;
    await writeHeads(outputs.test, test.length === 0 ? new Map() : await predict(test));
  },
});

interface MixedSettings {
  readonly root: string;
  readonly labeled: readonly ManifestRow[];
  readonly unlabeled: readonly ManifestRow[];
  readonly heads: readonly string[];
  readonly allHeads: Parameters<typeof createLoader>[0]['heads'];
  readonly ratio: number;
  readonly views: 'none' | 'weak' | 'weak and strong';
  readonly seed: number;
  readonly settings: {
    readonly batchSize: number;
    readonly imageSize: number;
    readonly weak: unknown[];
    readonly strong: unknown[];
  };
}

/** Labeled and unlabeled images side by side, without end, both in an order of their own. */
async function* mixedBatches({
  root,
  labeled,
  unlabeled,
  heads,
  allHeads,
  ratio,
  views,
  seed,
  settings,
}: MixedSettings): AsyncGenerator<SemiSupervisedBatch> {
  const { batchSize, imageSize, weak, strong } = settings;
  const common = {
    root,
    imageSize: [imageSize, imageSize] as const,
    epochs: 1_000_000,
    sampler: shuffled(),
    dropLast: true,
  };
  const size = Math.min(batchSize, labeled.length);
  const own = createLoader({
    ...common,
    rows: labeled,
    batchSize: size,
    seed: `${seed}/labeled`,
    transform: pipelineModule(weak),
    heads: allHeads,
  });
  const others = createLoader({
    ...common,
    rows: unlabeled,
    seed: `${seed}/unlabeled`,
    batchSize: Math.min(Math.max(1, Math.round(size * ratio)), unlabeled.length),
    views: [pipelineModule(weak), ...(views === 'weak and strong' ? [pipelineModule(strong)] : [])],
  });
  const more = others[Symbol.asyncIterator]();
  try {
    for await (const { images, shape, targets } of own) {
      const [count] = shape;
      const classes = new Int32Array(count * heads.length);
      for (const [h, head] of heads.entries())
        for (let i = 0; i < count; i++) classes[i * heads.length + h] = (targets[head] as Int32Array)[i]!;
      const next = await more.next();
      if (next.done) return;
      const parts = splitViews(next.value);
      const [first, second] = parts.map((part) => part.images as Uint8Array) as [Uint8Array, Uint8Array?];
      yield {
        labeled: { images: images as Uint8Array, shape, targets: classes },
        unlabeled: {
          shape: parts[0]!.shape,
          weak: first,
          strong: second,
          rows: Int32Array.from(next.value.indices),
        },
      };
    }
  } finally {
    await Promise.all([own.close(), others.close()]);
  }
}
