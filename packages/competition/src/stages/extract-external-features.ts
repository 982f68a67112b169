import { readManifest } from '@podium/dataset';
import type { StateTensor } from '@podium/nn';
import { writeSafetensors } from '@podium/nn/checkpoint-files';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';
import { resolveRoots, rootsOf } from '../external/resolve-roots.ts';
import { computing, openEngine } from '../models/open-engine.ts';
import { modelSettings, NO_HEADS, openModel } from '../models/open-model.ts';
import { viewFeatures } from '../models/view-features.ts';
import { viewNames } from '../models/views.ts';

/** Features of external images by a frozen network, in all views, as `extract-features` makes of the competition's. */
export const extractExternalFeatures = defineStage({
  name: 'extract-external-features',
  version: '2',
  module: import.meta.url,
  warm: true,
  settings: z.strictObject({
    ...modelSettings,
    ...computing,
    batchSize: z.int().min(1).default(32),
    views: z.array(z.enum(viewNames)).min(1),
    sources: z.array(z.string()).min(1),
  }),
  inputs: {
    data: { kind: 'folder', type: 'competition' },
    external: { kind: 'folder', type: 'external', many: true },
    rows: { kind: 'file', type: 'manifest' },
    weights: { kind: 'file', type: 'weights' },
  },
  outputs: { features: { kind: 'file', type: 'features', path: 'features.safetensors' } },
  needs: () => ({ cores: 'all', memoryBytes: 2 << 30 }),
  run: async ({ settings, inputs, outputs, signal, report }) => {
    const { views, batchSize, sources } = settings;
    const { root, external } = await resolveRoots(rootsOf(inputs.data, inputs.external, sources));
    const rows = external((await readManifest(inputs.rows)).rows);
    await openEngine(settings, signal);
    const model = await openModel({ settings, heads: NO_HEADS, seed: 0, weights: inputs.weights });
    const tensors = new Map<string, StateTensor>();
    if (rows.length > 0) {
      const features = await viewFeatures(model, {
        root,
        rows,
        batchSize,
        views,
        settings,
        signal,
        untrained: false,
        onProgress: (done) => report({ done, total: rows.length, unit: 'images' }),
      });
      for (const [view, tensor] of features.entries()) tensors.set(`external.${view}`, tensor);
    }
    await writeSafetensors(outputs.features, tensors);
  },
});
