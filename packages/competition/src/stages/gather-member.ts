import { Predictions } from '@podium/core';
import { mean } from '@podium/ensemble';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';
import { type HeadPredictions, readHeads, writeHeads } from '../artifacts/head-predictions.ts';

/** Puts a model's folds and seeds together: one out-of-fold prediction a row, one prediction a test image. */
export const gatherMember = defineStage({
  name: 'gather-member',
  version: '1',
  module: import.meta.url,
  cheap: true,
  settings: z.strictObject({
    /** Parts come seed by seed, and within a seed fold by fold. */
    folds: z.int().min(1),
  }),
  inputs: {
    oof: { kind: 'folder', type: 'predictions', many: true },
    test: { kind: 'folder', type: 'predictions', many: true },
  },
  outputs: {
    oof: { kind: 'folder', type: 'predictions' },
    test: { kind: 'folder', type: 'predictions' },
  },
  run: async ({ settings, inputs, outputs }) => {
    const parts: HeadPredictions[] = [];
    for (const folder of inputs.oof) parts.push(await readHeads(folder));
    const names = [...(parts[0]?.keys() ?? [])];
    const oof = new Map<string, Predictions>();
    for (const name of names) {
      const seeds: Predictions[] = [];
      for (let start = 0; start < parts.length; start += settings.folds) {
        const folds = parts.slice(start, start + settings.folds).map((part) => part.get(name)!);
        seeds.push(Predictions.concat(folds));
      }
      oof.set(name, mean(seeds));
    }
    await writeHeads(outputs.oof, oof);
    const tests: HeadPredictions[] = [];
    for (const folder of inputs.test) tests.push(await readHeads(folder));
    const test = [...(tests[0]?.keys() ?? [])].map((name): [string, Predictions] => [
      name,
      mean(tests.map((part) => part.get(name)!)),
    ]);
    await writeHeads(outputs.test, new Map(test));
  },
});
