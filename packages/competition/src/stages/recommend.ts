import { PodiumError } from '@podium/core';
import { type ManifestRow, readManifest } from '@podium/dataset';
import { recommendTransfer, type TransferRecommendation } from '@podium/model-zoo';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';
import { writeJson } from '../artifacts/json.ts';
import { labelOf } from '../heads/scored-rows.ts';
import { readFeatures } from '../models/features.ts';
import { computing, openEngine } from '../models/open-engine.ts';
import { sampleRows } from '../models/sample-rows.ts';

/** What was measured; null if there is too little data to measure on. */
export type Recommendation = Pick<
  TransferRecommendation,
  'case' | 'evidence' | 'reasons' | 'warnings'
> | null;

/** Measures which of the four cases of transfer learning the data is, for one pretrained network. */
export const recommend = defineStage({
  name: 'recommend',
  version: '2',
  module: import.meta.url,
  warm: true,
  random: true,
  settings: z.strictObject({
    ...computing,
    head: z.string(),
    /** Rows to measure on, at most: those that the untrained features are of. */
    maxRows: z.int().min(1),
    /** Rows that the pretrained features are of, at most: at least as many. */
    pretrainedRows: z.int().min(1),
  }),
  inputs: {
    train: { kind: 'file', type: 'manifest' },
    pretrained: { kind: 'file', type: 'features' },
    untrained: { kind: 'file', type: 'features' },
  },
  outputs: { recommendation: { kind: 'file', type: 'recommendation', path: 'recommendation.json' } },
  needs: () => ({ cores: 'all', memoryBytes: 1 << 30 }),
  run: async ({ settings, inputs, outputs, signal, rng }) => {
    await openEngine(settings, signal);
    const { rows, heads } = await readManifest(inputs.train);
    const sample = sampleRows(rows, settings.maxRows);
    const head = heads.find(({ name }) => name === settings.head);
    if (head === undefined) throw new PodiumError({ code: 'head-unknown', got: settings.head });
    const { classes } = head;
    const labels = sample.map((row) => labelOf(row, head));
    // A class within a single group cannot be held out.
    const groups = classes.map(
      (name) => new Set(sample.flatMap((row, i) => (labels[i] === name ? [row.group ?? row.id] : []))),
    );
    const known = classes.filter((_, k) => (groups[k]?.size ?? 0) >= 2);
    const kept = sample.flatMap((_, i) => (known.includes(labels[i] as string) ? [i] : []));
    let result: Recommendation = null;
    if (known.length >= 2) {
      const pick = async (path: string, measured: readonly ManifestRow[]) => {
        const { values, width } = (await readFeatures(path))('train', 0, measured);
        const place = new Map(measured.map(({ id }, i) => [id, i]));
        const own = new Float32Array(kept.length * width);
        for (const [to, row] of kept.entries()) {
          const at = place.get(sample[row]!.id)!;
          own.set(values.subarray(at * width, (at + 1) * width), to * width);
        }
        return { ids: kept.map((row) => sample[row]!.id), values: own, width };
      };
      const {
        case: found,
        evidence,
        reasons,
        warnings,
      } = recommendTransfer({
        features: await pick(inputs.pretrained, sampleRows(rows, settings.pretrainedRows)),
        randomFeatures: await pick(inputs.untrained, sample),
        labels: kept.map((row) => known.indexOf(labels[row] as string)),
        classes: known.length,
        groups: kept.map((row) => sample[row]?.group ?? sample[row]!.id),
        total: Math.round((rows.length * kept.length) / sample.length),
        seed: rng.int(2 ** 31),
      });
      result = { case: found, evidence, reasons, warnings };
    }
    await writeJson(outputs.recommendation, result);
  },
});
