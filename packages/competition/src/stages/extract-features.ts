import { readManifest } from '@podium/dataset';
import type { FeatureMatrix } from '@podium/model-zoo';
import type { StateTensor } from '@podium/nn';
import { writeSafetensors } from '@podium/nn/checkpoint-files';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';
import { readFeatures } from '../models/features.ts';
import { computing, openEngine } from '../models/open-engine.ts';
import { modelSettings, NO_HEADS, openModel } from '../models/open-model.ts';
import { sampleRows } from '../models/sample-rows.ts';
import { countViews } from '../models/view-batches.ts';
import { viewFeatures } from '../models/view-features.ts';
import { viewNames } from '../models/views.ts';

/** Features of all images by a frozen network, before its classifier, in all views. */
export const extractFrozenFeatures = defineStage({
  name: 'extract-features',
  version: '2',
  module: import.meta.url,
  warm: true,
  random: true,
  settings: z.strictObject({
    ...modelSettings,
    ...computing,
    batchSize: z.int().min(1).default(32),
    views: z.array(z.enum(viewNames)).min(1),
    /** Only a sample of about this many training images, and no test images. */
    maxRows: z.int().min(1).optional(),
    /** The first of `views`, whose features are known. */
    knownViews: z.array(z.enum(viewNames)).optional(),
  }),
  inputs: {
    data: { kind: 'folder', type: 'competition' },
    train: { kind: 'file', type: 'manifest' },
    test: { kind: 'file', type: 'manifest' },
    /** Without it, initial weights are used: what pretraining is measured against. */
    weights: { kind: 'file', type: 'weights', optional: true },
    modelCode: { kind: 'file', type: 'code', optional: true },
    /** Features of the same images by the same network, in the first views. */
    known: { kind: 'file', type: 'features', optional: true },
  },
  outputs: { features: { kind: 'file', type: 'features', path: 'features.safetensors' } },
  needs: () => ({ cores: 'all', memoryBytes: 2 << 30 }),
  run: async ({ settings, inputs, outputs, signal, report, rng }) => {
    const { batchSize, knownViews = [] } = settings;
    const views = settings.views.slice(knownViews.length);
    const knownOf = inputs.known === undefined ? undefined : await readFeatures(inputs.known);
    const knownCount = countViews(knownViews, settings);
    await openEngine(settings, signal);
    const model = await openModel({
      settings,
      heads: NO_HEADS,
      seed: rng.int(2 ** 31),
      weights: inputs.weights,
      code: inputs.modelCode,
    });
    const { rows } = await readManifest(inputs.train);
    const splits =
      settings.maxRows === undefined
        ? { train: rows, test: (await readManifest(inputs.test)).rows }
        : { train: sampleRows(rows, settings.maxRows), test: [] };
    const total = splits.train.length + splits.test.length;
    let before = 0;
    const tensors = new Map<string, StateTensor>();
    const untrained = inputs.weights === undefined && settings.userModel === undefined;
    for (const split of ['train', 'test'] as const) {
      const rows = splits[split];
      if (rows.length === 0) continue;
      const features = await viewFeatures(model, {
        root: inputs.data,
        rows,
        batchSize,
        views,
        settings,
        signal,
        untrained,
        onProgress: (done) => report({ done: Math.min(before + done, total), total, unit: 'images' }),
      });
      before += rows.length;
      const known = Array.from({ length: knownCount }, (_, view) => tensorOf(knownOf!(split, view, rows)));
      for (const [view, tensor] of [...known, ...features].entries()) tensors.set(`${split}.${view}`, tensor);
    }
    await writeSafetensors(outputs.features, tensors);
  },
});

function tensorOf({ ids, values, width }: FeatureMatrix): StateTensor {
  return { dtype: 'float32', shape: [ids.length, width], data: values };
}
