import { createLoader, type ManifestRow, readManifest } from '@podium/dataset';
import { extractFeatures, extractUntrainedFeatures } from '@podium/model-zoo';
import type { StateTensor } from '@podium/nn';
import { writeSafetensors } from '@podium/nn/checkpoint-files';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';
import { computing, openEngine } from './support/engine.ts';
import { modelSettings, openModel } from './support/model.ts';
import { sampleRows } from './support/sample.ts';
import { viewNames, viewTransform } from './support/views.ts';

/** Features of a frozen network, before its classifier, of all images in all views. */
export const extractFrozenFeatures = defineStage({
  name: 'extract-features',
  version: '1',
  module: import.meta.url,
  random: true,
  settings: z.strictObject({
    ...modelSettings,
    ...computing,
    batchSize: z.int().min(1).default(32),
    views: z.array(z.enum(viewNames)).min(1),
    /** Only a sample of the training images, of about this many, and no test images. */
    most: z.int().min(1).optional(),
  }),
  inputs: {
    data: { kind: 'folder', type: 'competition' },
    train: { kind: 'file', type: 'manifest' },
    test: { kind: 'file', type: 'manifest' },
    /** Fresh weights without it: what pretraining is measured against. */
    weights: { kind: 'file', type: 'weights', optional: true },
    modelCode: { kind: 'file', type: 'code', optional: true },
  },
  outputs: { features: { kind: 'file', type: 'features', path: 'features.safetensors' } },
  needs: () => ({ cores: 'all', memoryBytes: 2 << 30 }),
  run: async ({ settings, inputs, outputs, signal, report, rng }) => {
    const { views, imageSize, batchSize } = settings;
    await openEngine(settings, signal);
    const model = await openModel({
      settings,
      heads: [{ name: 'none', classes: ['none'] }],
      seed: rng.int(2 ** 31),
      weights: inputs.weights,
      code: inputs.modelCode,
    });
    const { rows } = await readManifest(inputs.train);
    const splits =
      settings.most === undefined
        ? { train: rows, test: (await readManifest(inputs.test)).rows }
        : { train: sampleRows(rows, settings.most), test: [] };
    const total = (splits.train.length + splits.test.length) * views.length;
    let done = 0;
    const batches = (rows: readonly ManifestRow[], view: (typeof views)[number]) => {
      const loader = createLoader({
        ...{ root: inputs.data, rows, batchSize, imageSize: [imageSize, imageSize] as const, seed: 0 },
        transform: viewTransform(view, settings),
      });
      return (async function* () {
        for await (const { images, shape, ids } of loader) {
          signal.throwIfAborted();
          yield { images: images as Uint8Array, shape, ids };
          done += ids.length;
          report({ done: Math.min(done, total), total, unit: 'images' });
        }
      })();
    };
    const tensors = new Map<string, StateTensor>();
    for (const [split, rows] of Object.entries(splits)) {
      for (const view of rows.length === 0 ? [] : views) {
        const features =
          inputs.weights === undefined && settings.ownModel === undefined
            ? await extractUntrainedFeatures(model, () => batches(rows, view))
            : await extractFeatures(model, batches(rows, view));
        const shape = [rows.length, features.width];
        tensors.set(`${split}.${view}`, { dtype: 'float32', shape, data: features.values });
      }
    }
    await writeSafetensors(outputs.features, tensors);
  },
});
