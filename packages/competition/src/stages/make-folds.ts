import { assignFolds, readManifest, writeFolds } from '@podium/dataset';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';
import { readFindings } from '../artifacts/json.ts';

/** Deals the training rows out to folds: groups and copies of one image stay together, classes in balance. */
export const makeFolds = defineStage({
  name: 'make-folds',
  version: '1',
  module: import.meta.url,
  cheap: true,
  random: true,
  settings: z.strictObject({
    count: z.int().min(2),
    method: z.string().optional(),
    heads: z.array(z.string()).optional(),
  }),
  inputs: {
    train: { kind: 'file', type: 'manifest' },
    findings: { kind: 'file', type: 'findings' },
  },
  outputs: { folds: { kind: 'file', type: 'folds', path: 'folds.csv' } },
  run: async ({ settings, inputs, outputs, rng }) => {
    const manifest = await readManifest(inputs.train);
    const { together } = await readFindings(inputs.findings);
    const { count, method, heads } = settings;
    const folds = assignFolds(manifest, {
      folds: count,
      seed: rng.int(2 ** 31),
      together,
      method,
      heads,
    });
    await writeFolds(outputs.folds, folds);
  },
});
