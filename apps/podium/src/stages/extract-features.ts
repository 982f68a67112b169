import { type Batch, readManifest } from '@podium/dataset';
import { extractFeatures, extractUntrainedFeatures } from '@podium/model-zoo';
import type { StateTensor } from '@podium/nn';
import { writeSafetensors } from '@podium/nn/checkpoint-files';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';
import { computing, openEngine } from './support/engine.ts';
import { modelSettings, openModel } from './support/model.ts';
import { sampleRows } from './support/sample.ts';
import { countViews, viewBatches, viewId } from './support/view-batches.ts';
import { viewNames } from './support/views.ts';

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
    const { views, batchSize } = settings;
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
    const total = splits.train.length + splits.test.length;
    let before = 0;
    const tensors = new Map<string, StateTensor>();
    const count = countViews(views, settings);
    const fresh = inputs.weights === undefined && settings.ownModel === undefined;
    for (const [split, rows] of Object.entries(splits)) {
      if (rows.length === 0) continue;
      const batches = () =>
        viewBatches({
          ...{ root: inputs.data, rows, batchSize, views, settings, signal },
          onProgress: (done) => report({ done: Math.min(before + done, total), total, unit: 'images' }),
        }) as AsyncIterable<Batch & { readonly images: Uint8Array }>;
      const { ids, values, width } = fresh
        ? await extractUntrainedFeatures(model, batches)
        : await extractFeatures(model, batches());
      before += rows.length;
      const place = new Map(ids.map((id, row) => [id, row]));
      for (let view = 0; view < count; view++) {
        const data = new Float32Array(rows.length * width);
        for (const [to, { id }] of rows.entries()) {
          const from = (place.get(viewId(view, id)) as number) * width;
          data.set(values.subarray(from, from + width), to * width);
        }
        tensors.set(`${split}.${view}`, { dtype: 'float32', shape: [rows.length, width], data });
      }
    }
    await writeSafetensors(outputs.features, tensors);
  },
});
