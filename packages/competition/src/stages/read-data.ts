import { PodiumError } from '@podium/core';
import {
  applyPatch,
  assertNoLeaks,
  checks,
  decodeImage,
  duplicateSets,
  type Finding,
  inspectDataset,
  type ManifestRow,
  proposePatch,
  readDataset,
  readPatch,
  withoutUnusedClasses,
  writeManifest,
  writePatch,
} from '@podium/dataset';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';
import { writeJson } from '../artifacts/json.ts';

/** Reads the competition folder, looks at every image, and settles what the checks found. */
export const readData = defineStage({
  name: 'read-data',
  version: '3',
  module: import.meta.url,
  settings: z.strictObject({
    layout: z.string().optional(),
    options: z.record(z.string(), z.json()).optional(),
    accept: z.array(z.string()),
    patch: z.enum(['auto', 'none', 'file']),
    /** Whether classes with a handful of images go: that is another task than the competition's. */
    rareClasses: z.enum(['keep', 'drop']),
    /** What the metric scores: it decides between one label per image and several where the table leaves it open. */
    tasks: z.array(z.enum(['single-label', 'multi-label'])).optional(),
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
    const { layout, options, accept, patch: patching, rareClasses, tasks } = settings;
    const description = await readDataset(inputs.data, {
      layout,
      settings: options,
      tasks,
      signal,
    });
    const found = await inspectDataset(description, {
      accept,
      signal,
      onProgress: (done, total) => report({ done, total, unit: 'images' }),
    });
    const patch =
      patching === 'none'
        ? { entries: [] }
        : patching === 'auto'
          ? proposePatch(found, {
              checks: checks.names().filter((name) => name !== 'rare-classes' || rareClasses === 'drop'),
            })
          : await readPatch(inputs.patch!);
    // A leak that the patch takes out of the training rows is none any more.
    const settled = (finding: (typeof found.failures)[number]) =>
      patching === 'auto' && (finding.suggestedPatch?.length ?? 0) > 0;
    assertNoLeaks({ ...found, failures: found.failures.filter((finding) => !settled(finding)) });
    const { heads, train, test } = description;
    const whole = { heads, rows: train };
    const manifest = withoutUnusedClasses(applyPatch(whole, patch), whole);
    assertUsable(found.findings, new Set([...manifest.rows, ...test].map(({ id }) => id)));
    await writeManifest(outputs.train, manifest);
    await writeManifest(outputs.test, {
      heads: manifest.heads,
      rows: test.map((row) => ({ ...row, labels: {} })),
    });
    await writePatch(outputs.patch, patch);
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
      kept: manifest.rows.length,
      decisions: description.decisions ?? [],
      omissions: description.omissions ?? [],
      side: await usualSide(description.root, manifest.rows),
    });
  },
});

/** Rows that cannot be read would fail a training hours later. */
function assertUsable(findings: readonly Finding[], left: ReadonlySet<string>): void {
  const [first] = findings.filter(
    ({ severity, rows }) => severity === 'error' && rows.some((id) => left.has(id)),
  );
  if (first === undefined) return;
  throw new PodiumError({
    code: 'dataset-error',
    message: `${first.check}: ${first.message} (${first.rows
      .filter((id) => left.has(id))
      .slice(0, 3)
      .join(', ')})`,
    fix: first.fix,
  });
}

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
