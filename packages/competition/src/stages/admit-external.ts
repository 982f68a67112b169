import { type ManifestRow, readManifest, writeManifest } from '@podium/dataset';
import { defineStage } from '@podium/pipeline';
import { type Admission, admit, type Features } from '@podium/pseudo-label';
import { z } from 'zod';
import { readJsonFile, writeJson } from '../artifacts/json.ts';
import { resolveRoots, rootsOf } from '../external/resolve-roots.ts';
import { computing, openEngine } from '../models/open-engine.ts';
import { modelSettings, NO_HEADS, openModel } from '../models/open-model.ts';
import { sampleRows } from '../models/sample-rows.ts';
import { viewFeatures } from '../models/view-features.ts';
import type { ExternalFindings } from './read-external.ts';

/** Which external images were admitted, and how far they are from the competition's. */
export interface AdmissionReport extends Admission {
  readonly read: ExternalFindings['sources'];
  /** The network whose features distances are measured by. */
  readonly measuredBy: string;
}

/** Drops external images that train, test or an earlier source contains, and measures each source's distance to both. */
export const admitExternal = defineStage({
  name: 'admit-external',
  version: '2',
  module: import.meta.url,
  warm: true,
  random: true,
  settings: z.strictObject({
    ...modelSettings,
    ...computing,
    batchSize: z.int().min(1).default(32),
    sources: z
      .array(
        z.strictObject({
          name: z.string(),
          path: z.string(),
          license: z.string().optional(),
          url: z.string().optional(),
        }),
      )
      .min(1),
    /** Images per set that distances are measured on. */
    maxImages: z.int().min(10).default(1000),
  }),
  inputs: {
    data: { kind: 'folder', type: 'competition' },
    external: { kind: 'folder', type: 'external', many: true },
    train: { kind: 'file', type: 'manifest' },
    test: { kind: 'file', type: 'manifest' },
    rows: { kind: 'file', type: 'manifest' },
    findings: { kind: 'file', type: 'external-findings' },
    /** Without them, initial weights are used, which see colors and textures. */
    weights: { kind: 'file', type: 'weights', optional: true },
    modelCode: { kind: 'file', type: 'code', optional: true },
  },
  outputs: {
    rows: { kind: 'file', type: 'manifest', path: 'admitted.jsonl' },
    admission: { kind: 'file', type: 'admission', path: 'admission.json' },
  },
  needs: () => ({ cores: 'all', memoryBytes: 2 << 30 }),
  run: async ({ settings, inputs, outputs, signal, report, rng }) => {
    const { sources, maxImages, batchSize } = settings;
    const { heads, rows: external } = await readManifest(inputs.rows);
    const findings = await readJsonFile<ExternalFindings>(inputs.findings);
    const names = sources.map(({ name }) => name);
    const roots = await resolveRoots(rootsOf(inputs.data, inputs.external, names));
    const sets = [
      sampleRows((await readManifest(inputs.train)).rows, maxImages),
      sampleRows((await readManifest(inputs.test)).rows, maxImages),
      ...names.map((name) => external.filter((row) => sourceOf(row) === name)),
    ] as [readonly ManifestRow[], readonly ManifestRow[], ...(readonly ManifestRow[])[]];
    const rows = sets.flatMap((set, i) => (i < 2 ? roots.competition(set) : roots.external(set)));
    await openEngine(settings, signal);
    const model = await openModel({
      settings,
      heads: NO_HEADS,
      seed: rng.split('model').int(2 ** 31),
      weights: inputs.weights,
      code: inputs.modelCode,
    });
    // All sets together, so that statistics of untrained batch norms are the same for all. Two sets may share ids.
    const numbered = rows.map((row, i) => ({ ...row, id: String(i) }));
    const [all] = await viewFeatures(model, {
      root: roots.root,
      rows: numbered,
      batchSize,
      views: ['whole'],
      settings,
      signal,
      untrained: inputs.weights === undefined && settings.userModel === undefined,
      onProgress: (done) => report({ done, total: rows.length, unit: 'images' }),
    });
    model.dispose();
    const { data: values, shape } = all!;
    const width = shape[1]!;
    let start = 0;
    const features = sets.map((set): Features => {
      const part = values.slice(start * width, (start + set.length) * width);
      start += set.length;
      const groups = set.map(({ group }) => group);
      return {
        ids: set.map(({ id }) => id),
        values: part,
        ...(set.length > 0 && groups.every((group) => group !== undefined) && { groups: groups as string[] }),
      };
    }) as [Features, Features, ...Features[]];
    const [train, test, ...rest] = features;
    const admission = admit({
      train,
      test,
      maxRows: maxImages,
      rng: rng.split('admit'),
      duplicates: findings.duplicates,
      sources: sources.map(({ license, url, ...source }, i) => ({
        ...source,
        license,
        url,
        features: rest[i]!,
      })),
    });
    const admitted = new Set(admission.sources.flatMap((source) => source.admitted));
    await writeManifest(outputs.rows, { heads, rows: external.filter(({ id }) => admitted.has(id)) });
    const result: AdmissionReport = {
      ...admission,
      read: findings.sources,
      measuredBy: `${settings.model ?? settings.userModel?.export}${inputs.weights === undefined ? ', untrained' : ''}`,
    };
    await writeJson(outputs.admission, result);
  },
});

function sourceOf({ provenance }: ManifestRow): string | undefined {
  return provenance.kind === 'external' ? provenance.source : undefined;
}
