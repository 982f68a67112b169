import { readManifest } from '@podium/dataset';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';
import { writeJson } from '../artifacts/json.ts';
import { readFeatures } from '../models/features.ts';
import { sampleRows } from '../models/sample-rows.ts';

/** The position of an image on a map where similar images are near each other. */
export interface MappedImage {
  readonly id: string;
  readonly x: number;
  readonly y: number;
}

/** Lays features out in two dimensions (UMAP). */
export const mapFeatures = defineStage({
  name: 'map-features',
  version: '1',
  module: import.meta.url,
  warm: true,
  random: true,
  settings: z.strictObject({
    /** The features are of a sample of about this many rows, as `extract-features` takes it. */
    sampled: z.int().min(1).optional(),
    maxImages: z.int().min(10).default(1500),
  }),
  inputs: {
    train: { kind: 'file', type: 'manifest' },
    features: { kind: 'file', type: 'features' },
  },
  outputs: { map: { kind: 'file', type: 'map', path: 'map.json' } },
  run: async ({ settings, inputs, outputs, rng }) => {
    const { rows: all } = await readManifest(inputs.train);
    const rows = settings.sampled === undefined ? all : sampleRows(all, settings.sampled);
    const { values, width } = (await readFeatures(inputs.features))('train', 0, rows);
    const shown = new Set(sampleRows(rows, settings.maxImages).map(({ id }) => id));
    const kept = rows.flatMap(({ id }, i) => (shown.has(id) ? [i] : []));
    const shownValues = new Float32Array(kept.length * width);
    for (const [to, row] of kept.entries())
      shownValues.set(values.subarray(row * width, (row + 1) * width), to * width);
    // Only what draws loads it.
    const { projectMap } = await import('@podium/report');
    const positions = projectMap(shownValues, width, { seed: rng.int(2 ** 31) });
    const points = kept.map((row, i): MappedImage => {
      const round = (value: number) => Math.round(value * 1000) / 1000;
      return {
        id: rows[row]!.id,
        x: round(positions[2 * i]!),
        y: round(positions[2 * i + 1]!),
      };
    });
    await writeJson(outputs.map, points);
  },
});
