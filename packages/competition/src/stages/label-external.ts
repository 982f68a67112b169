import { readManifest } from '@podium/dataset';
import { loadStateDict } from '@podium/nn';
import { readSafetensors } from '@podium/nn/checkpoint-files';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';
import { writeHeads } from '../artifacts/head-predictions.ts';
import { resolveRoots, rootsOf } from '../external/resolve-roots.ts';
import { unlabeledRows } from '../external/unlabeled-rows.ts';
import { pickHeads } from '../heads/fold-rows.ts';
import { evaluationLoss } from '../models/head-loss.ts';
import { computing, openEngine } from '../models/open-engine.ts';
import { modelSettings, openModel } from '../models/open-model.ts';
import { predictRows } from '../models/predict-rows.ts';
import { shapeFor } from '../recipe/recipe.ts';

/** Predictions of one fold's network for unlabeled images. */
export const labelExternal = defineStage({
  name: 'label-external',
  version: '2',
  module: import.meta.url,
  warm: true,
  settings: z.strictObject({
    ...modelSettings,
    ...computing,
    heads: z.array(z.string()).min(1),
    ...shapeFor('predict'),
    sources: z.array(z.string()),
  }),
  inputs: {
    data: { kind: 'folder', type: 'competition' },
    train: { kind: 'file', type: 'manifest' },
    external: { kind: 'folder', type: 'external', many: true, optional: true },
    rows: { kind: 'file', type: 'manifest', optional: true },
    /** Given if test images may be labeled. */
    test: { kind: 'file', type: 'manifest', optional: true },
    weights: { kind: 'file', type: 'weights' },
    modelCode: { kind: 'file', type: 'code', optional: true },
  },
  outputs: { predictions: { kind: 'folder', type: 'predictions' } },
  needs: () => ({ cores: 'all', memoryBytes: 2 << 30 }),
  run: async ({ settings, inputs, outputs, signal, report }) => {
    const { heads: all } = await readManifest(inputs.train);
    const heads = pickHeads(all, settings.heads);
    const { root, external } = await resolveRoots(rootsOf(inputs.data, inputs.external, settings.sources));
    const rows = external(await unlabeledRows(inputs));
    await openEngine(settings, signal);
    const model = await openModel({ settings, heads, seed: 0, code: inputs.modelCode });
    loadStateDict(model, (await readSafetensors(inputs.weights)).tensors);
    const loss = evaluationLoss(heads);
    const predicted = await predictRows(model, loss, { root, rows, heads }, settings, (done, total) => {
      signal.throwIfAborted();
      report({ done, total, unit: 'images' });
    });
    await writeHeads(outputs.predictions, predicted);
    model.dispose();
  },
});
