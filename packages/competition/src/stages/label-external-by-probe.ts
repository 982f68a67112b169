import { Predictions } from '@podium/core';
import { readManifest } from '@podium/dataset';
import { averageViews } from '@podium/ensemble';
import { probeLogits } from '@podium/model-zoo';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';
import { writeHeads } from '../artifacts/head-predictions.ts';
import { unlabeledRows } from '../external/unlabeled-rows.ts';
import { pickHeads } from '../heads/fold-rows.ts';
import { readFeatures } from '../models/features.ts';
import { computing, openEngine } from '../models/open-engine.ts';
import { readProbe } from '../models/probe-model.ts';

/** Predictions of one fold's probe for unlabeled images, from their frozen features. */
export const labelExternalByProbe = defineStage({
  name: 'label-external-by-probe',
  version: '1',
  module: import.meta.url,
  warm: true,
  settings: z.strictObject({
    ...computing,
    heads: z.array(z.string()).min(1),
    views: z.int().min(1),
  }),
  inputs: {
    train: { kind: 'file', type: 'manifest' },
    rows: { kind: 'file', type: 'manifest', optional: true },
    externalFeatures: { kind: 'file', type: 'features', optional: true },
    /** Given if test images may be labeled; with their features. */
    test: { kind: 'file', type: 'manifest', optional: true },
    features: { kind: 'file', type: 'features' },
    probe: { kind: 'file', type: 'probe' },
  },
  outputs: { predictions: { kind: 'folder', type: 'predictions' } },
  needs: () => ({ cores: 1, memoryBytes: 1 << 30 }),
  run: async ({ settings, inputs, outputs, signal }) => {
    const { heads: all } = await readManifest(inputs.train);
    const heads = pickHeads(all, settings.heads);
    const external = inputs.rows === undefined ? [] : (await readManifest(inputs.rows)).rows;
    const test = inputs.test === undefined ? [] : (await readManifest(inputs.test)).rows;
    const wanted = await unlabeledRows(inputs);
    const externalOf = inputs.externalFeatures && (await readFeatures(inputs.externalFeatures));
    const testOf = await readFeatures(inputs.features);
    await openEngine(settings, signal);
    const predicted = new Map<string, Predictions>();
    for (const [h, head] of heads.entries()) {
      const probe = await readProbe(inputs.probe, h);
      const views = Array.from({ length: settings.views }, (_, view) => {
        const parts: Float32Array[] = [];
        const indexOf = new Map(external.map(({ id }, i) => [id, i]));
        const rows = wanted.filter(({ origin }) => origin === 'external').map(({ id }) => indexOf.get(id)!);
        if (externalOf && rows.length > 0)
          parts.push(probeLogits(probe, externalOf('external', view, external), rows));
        if (test.length > 0) parts.push(probeLogits(probe, testOf('test', view, test), [...test.keys()]));
        return new Predictions({
          ids: wanted.map(({ id }) => id),
          classes: head.classes,
          kind: 'logits',
          values: Float32Array.from(parts.flatMap((part) => [...part])),
        });
      });
      predicted.set(head.name, averageViews(views));
    }
    await writeHeads(outputs.predictions, predicted);
  },
});
