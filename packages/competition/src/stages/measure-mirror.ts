import { readManifest } from '@podium/dataset';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';
import { writeJson } from '../artifacts/json.ts';
import { pickHeads } from '../heads/fold-rows.ts';
import { labelOf } from '../heads/scored-rows.ts';
import { inputSettings } from '../models/input-settings.ts';
import { sampleRows } from '../models/sample-rows.ts';
import { viewBatches } from '../models/view-batches.ts';
import { compareMirrored, type MirrorComparison } from './mirror/compare-mirrored.ts';
import { IMAGE_SIDE, patchFeatures } from './mirror/patch-features.ts';

/** Whether mirrored images keep their classes; null where there are too few images to tell. */
export type MirrorReport = MirrorComparison | null;

/**
 * Measures whether images that are mirrored left to right keep their classes: a simple classifier that has seen only images as
 * they are is asked about others as they are, and mirrored. Where the mirrored ones are classified worse (text, arrows, left and
 * right hands), mirroring would teach wrong labels.
 */
export const measureMirror = defineStage({
  name: 'measure-mirror',
  version: '2',
  module: import.meta.url,
  warm: true,
  random: true,
  settings: z.strictObject({ heads: z.array(z.string()).min(1), maxRows: z.int().min(1) }),
  inputs: {
    data: { kind: 'folder', type: 'competition' },
    train: { kind: 'file', type: 'manifest' },
  },
  outputs: { report: { kind: 'file', type: 'mirror', path: 'mirror.json' } },
  needs: () => ({ cores: 2, memoryBytes: 1 << 29 }),
  run: async ({ settings, inputs, outputs, signal, report, rng }) => {
    const { rows, heads } = await readManifest(inputs.train);
    const sample = sampleRows(rows, settings.maxRows).slice(0, settings.maxRows);
    const side = IMAGE_SIDE;
    const images = viewBatches({
      root: inputs.data,
      rows: sample,
      batchSize: 64,
      views: ['whole', 'flip'],
      settings: { imageSize: side, fit: 'squash', input: inputSettings(undefined, side) },
      signal,
      onProgress: (done) => report({ done, total: sample.length, unit: 'images' }),
    });
    const pixels = new Map<string, Uint8Array>();
    for await (const { ids, images: values } of images) {
      const size = side * side * 3;
      for (const [i, id] of ids.entries())
        pixels.set(id, (values as Uint8Array).slice(i * size, (i + 1) * size));
    }
    const featuresOf = patchFeatures(
      sample.map(({ id }) => pixels.get(`0:${id}`)!),
      rng.split('patches'),
    );
    const [whole, mirrored] = [0, 1].map((view) =>
      sample.map(({ id }) => featuresOf(pixels.get(`${view}:${id}`)!)),
    );
    const result: MirrorReport = compareMirrored({
      whole: whole!,
      mirrored: mirrored!,
      groups: sample.map(({ group, id }) => group ?? id),
      problems: pickHeads(heads, settings.heads).map((head) => ({
        classes: head.classes,
        labels: sample.map((row) => labelOf(row, head)),
      })),
    });
    await writeJson(outputs.report, result);
  },
});
