import {
  decodeImage,
  duplicateSets,
  type ManifestRow,
  readDataset,
  readPatch,
  writeManifest,
  writePatch,
} from '@podium/dataset';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';
import { writeJson } from '../artifacts/json.ts';
import { inspectImages } from '../data/inspect-images.ts';
import { settleFindings } from '../data/settle-findings.ts';
import { stableRows } from '../data/stable-rows.ts';

/** Reads the competition folder, looks at every image, and settles what the checks found. */
export const readData = defineStage({
  name: 'read-data',
  version: '6',
  module: import.meta.url,
  warm: true,
  settings: z.strictObject({
    layout: z.string().optional(),
    options: z.record(z.string(), z.json()).optional(),
    accept: z.array(z.string()),
    patch: z.enum(['auto', 'none', 'file']),
    /** Whether classes with a handful of images go: that is another task than the competition's. */
    rareClasses: z.enum(['keep', 'drop']),
    /** What the metric scores: it decides between one label, several and numbers per image where the table leaves it open. */
    tasks: z.array(z.enum(['single-label', 'multi-label', 'regression'])).optional(),
    allowOutsideLinks: z.boolean().default(false),
    /** What becomes of damaged images of which a part can be decoded. */
    damaged: z.enum(['drop', 'use']).default('drop'),
    /** The values that become black and white in images with more than 8 bits per channel. */
    range: z.union([z.literal('own'), z.tuple([z.number(), z.number()])]).optional(),
    /** What becomes of test rows without a prediction. */
    unpredicted: z.enum(['refuse', 'sample']).default('refuse'),
  }),
  inputs: {
    data: { kind: 'folder', type: 'competition' },
    patch: { kind: 'file', type: 'patch', optional: true },
  },
  outputs: {
    train: { kind: 'file', type: 'manifest', path: 'train.jsonl' },
    test: { kind: 'file', type: 'manifest', path: 'test.jsonl' },
    findings: { kind: 'file', type: 'findings', path: 'findings.json' },
    patch: { kind: 'file', type: 'patch', path: 'patch.json' },
    format: { kind: 'file', type: 'data-format', path: 'format.json' },
  },
  needs: () => ({ cores: 2, memoryBytes: 1 << 30 }),
  run: async ({ settings, inputs, outputs, signal, report }) => {
    const { layout, options, accept, patch: patching, rareClasses, tasks, allowOutsideLinks } = settings;
    const { damaged, range, unpredicted } = settings;
    const folder = await readDataset(inputs.data, {
      layout,
      settings: options,
      tasks,
      allowOutsideLinks,
      signal,
    });
    // Which of two copies is kept must not depend on the order of a table either.
    const description = { ...folder, train: stableRows(folder.layout, folder.train) };
    const found = await inspectImages(description, {
      accept,
      damaged,
      range,
      signal,
      onProgress: (done, total) => report({ done, total, unit: 'images' }),
    });
    const patch =
      patching === 'none' ? { entries: [] } : patching === 'auto' ? 'auto' : await readPatch(inputs.patch!);
    const usable = settleFindings(description, found, { patch, accept, rareClasses, unpredicted });
    const { train, test } = usable;
    await writeManifest(outputs.train, train);
    await writeManifest(outputs.test, { heads: train.heads, rows: test });
    await writePatch(outputs.patch, usable.patch);
    await writeJson(outputs.findings, {
      findings: found.findings.map(({ suggestedPatch: _, ...finding }) => finding),
      rows: found.rows,
      images: found.images,
      together: duplicateSets(found),
    });
    await writeJson(outputs.format, {
      layout: description.layout,
      submission: description.submission ?? null,
      missing: description.missing.length,
      kept: train.rows.length,
      decisions: [...(description.decisions ?? []), ...found.decisions],
      omissions: [...(description.omissions ?? []), ...usable.omissions],
      unpredicted: usable.unpredicted,
      ranges: Object.fromEntries(found.ranges.map(({ type, range: values }) => [type, values])),
      side: await usualSide(description.root, train.rows),
    });
  },
});

const LOOKED_AT = 64;

/** The shorter side of the image in the middle, in pixels, of a few spread over the rows. */
async function usualSide(root: string, rows: readonly ManifestRow[]): Promise<number> {
  const step = Math.max(1, Math.floor(rows.length / LOOKED_AT));
  const sides: number[] = [];
  for (let i = 0; i < rows.length; i += step) {
    const { height, width } = await decodeImage(rows[i]!.image, { root });
    sides.push(Math.min(height, width));
  }
  sides.sort((a, b) => a - b);
  return sides[Math.floor(sides.length / 2)] ?? 0;
}
