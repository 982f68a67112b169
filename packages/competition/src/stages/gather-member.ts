import { Predictions } from '@podium/core';
import { mean } from '@podium/ensemble';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';
import { type HeadPredictions, readHeads, writeHeads } from '../artifacts/head-predictions.ts';
import type { ApplyStage } from '../predict/apply-stage.ts';

/** The mean of the folds' and seeds' models. */
const apply: ApplyStage = async ({ predictions }) => {
  const parts = await predictions('oof');
  const names = [...(parts[0]?.keys() ?? [])];
  return new Map(names.map((name) => [name, mean(parts.map((part) => part.get(name)!))]));
};

/** Gathers a model's folds and seeds: one out-of-fold prediction per row, one prediction per test image. */
export const gatherMember = defineStage({
  name: 'gather-member',
  version: '1',
  module: import.meta.url,
  cheap: true,
  settings: z.strictObject({
    /** Parts are ordered by seed, then by fold. */
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
  apply,
});
