import { type Head, type Label, type ManifestRow, readManifest } from '@podium/dataset';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';
import { writeJson } from '../artifacts/json.ts';
import { pickHeads } from '../heads/fold-rows.ts';
import { labelOf } from '../heads/scored-rows.ts';
import { inputSettings } from '../models/input-settings.ts';
import { sampleRows } from '../models/sample-rows.ts';
import { viewBatches } from '../models/view-batches.ts';
import { withoutColors } from './changes/colors.ts';
import { type ChangeComparison, compareChanged } from './changes/compare-changed.ts';
import { IMAGE_SIDE, patchFeatures } from './changes/patch-features.ts';

/** Whether changed images keep their classes; null where there are too few images to tell. */
export type ChangesReport = Readonly<Record<'mirrored' | 'gray', ChangeComparison>> | null;

/**
 * Measures whether images keep their classes when they are mirrored left to right, and without colors: a simple classifier that
 * has seen only images as they are is asked about others as they are, and changed. Where the changed ones are classified worse
 * (text, arrows, left and right hands; skin tones, ripeness), augmentation by such changes would teach wrong labels.
 */
export const measureChanges = defineStage({
  name: 'measure-changes',
  version: '1',
  module: import.meta.url,
  warm: true,
  random: true,
  settings: z.strictObject({ heads: z.array(z.string()).min(1), maxRows: z.int().min(1) }),
  inputs: {
    data: { kind: 'folder', type: 'competition' },
    train: { kind: 'file', type: 'manifest' },
  },
  outputs: { report: { kind: 'file', type: 'changes', path: 'changes.json' } },
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
    const [whole, mirrored] = [0, 1].map((view) => sample.map(({ id }) => pixels.get(`${view}:${id}`)!));
    const featuresOf = patchFeatures(whole!, rng.split('patches'));
    const result: ChangesReport = compareChanged({
      whole: whole!.map(featuresOf),
      changed: {
        mirrored: mirrored!.map(featuresOf),
        gray: whole!.map((image) => featuresOf(withoutColors(image))),
      },
      groups: sample.map(({ group, id }) => group ?? id),
      problems: pickHeads(heads, settings.heads).flatMap((head) =>
        head.task === 'regression'
          ? sizeProblems(head, sample)
          : [{ classes: head.classes, labels: sample.map((row) => classLabel(labelOf(row, head))) }],
      ),
    });
    await writeJson(outputs.report, result);
  },
});

const SIZES = ['small', 'medium', 'large'];

/** Each column of numbers as a problem of three classes by size: what changes an image's size class changes its number. */
function sizeProblems(
  head: Head,
  rows: readonly ManifestRow[],
): { classes: readonly string[]; labels: (string | undefined)[] }[] {
  return head.classes.map((_, k) => {
    const values = rows.map((row) => {
      const value = labelOf(row, head)?.[k];
      return value === undefined ? undefined : Number(value);
    });
    const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
    const edges = [1, 2].map((part) => sorted[Math.floor((part * sorted.length) / 3)]!);
    const sizeOf = (value: number) => SIZES[edges.filter((edge) => value >= edge).length]!;
    return {
      classes: SIZES,
      labels: values.map((value) => (value === undefined ? undefined : sizeOf(value))),
    };
  });
}

function classLabel(label: Label | undefined): string | readonly string[] | undefined {
  return typeof label === 'string' ? label : label?.filter((value) => typeof value === 'string');
}
