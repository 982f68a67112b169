import type { Predictions } from '@podium/core';
import { readManifest } from '@podium/dataset';
import { diversity, mean, nested } from '@podium/ensemble';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';
import { type HeadPredictions, readHeads, writeHeads } from '../artifacts/head-predictions.ts';
import { writeJson } from '../artifacts/json.ts';
import { blendMethod } from '../heads/blend-method.ts';
import { headAnswers, headsSettings } from '../heads/final-predictions.ts';
import { scoreOf, truthOf } from '../heads/scored-rows.ts';

/** How one head's members were blended. */
export interface BlendReport {
  readonly head: string;
  readonly method: string;
  readonly members: readonly string[];
  /** On the rows that it was fitted on, and on rows that it had not seen; undefined where nothing was fitted. */
  readonly fitted?: number;
  readonly nested?: number;
  readonly optimism?: number;
  /** One a member, where the method has weights. */
  readonly weights?: readonly number[];
  readonly diversity: readonly {
    readonly name: string;
    readonly score: number;
    readonly gain: number;
    readonly errorCorrelation: readonly (number | null)[];
  }[];
}

/** Blends the models by a method that is fitted inside folds, after heads were made consistent and combined. */
export const blend = defineStage({
  name: 'blend',
  version: '2',
  module: import.meta.url,
  cheap: true,
  random: true,
  settings: z.strictObject({
    ...headsSettings,
    metric: z.string(),
    names: z.array(z.string()).min(1),
    method: z.string(),
    options: z.record(z.string(), z.json()),
  }),
  inputs: {
    train: { kind: 'file', type: 'manifest' },
    oof: { kind: 'folder', type: 'predictions', many: true },
    test: { kind: 'folder', type: 'predictions', many: true },
  },
  outputs: {
    oof: { kind: 'folder', type: 'predictions' },
    test: { kind: 'folder', type: 'predictions' },
    report: { kind: 'file', type: 'blend', path: 'blend.json' },
    /** By head, what was fitted on all rows: what predictions of other images are blended by. */
    parameters: { kind: 'file', type: 'blend-parameters', path: 'parameters.json' },
  },
  run: async ({ settings, inputs, outputs, rng }) => {
    const { names, metric } = settings;
    const manifest = await readManifest(inputs.train);
    const read = async (folders: readonly string[]) => {
      const members: HeadPredictions[] = [];
      for (const folder of folders)
        members.push(headAnswers(await readHeads(folder), manifest.heads, settings));
      return members;
    };
    const [oof, test] = [await read(inputs.oof), await read(inputs.test)];
    const blended = { oof: new Map<string, Predictions>(), test: new Map<string, Predictions>() };
    const reports: BlendReport[] = [];
    const parameters: Record<string, unknown> = {};
    for (const head of oof[0]?.keys() ?? []) {
      const own = oof.map((member) => member.get(head)!);
      const tests = test.map((member) => member.get(head)).filter((each) => each !== undefined);
      const [first] = own as [Predictions, ...Predictions[]];
      const score = scoreOf(metric);
      // Methods are fitted to one class a row; several are averaged.
      if (first.task === 'multi-label') {
        blended.oof.set(head, mean(own));
        if (tests.length > 0) blended.test.set(head, mean(tests));
        reports.push({ head, method: 'mean', members: names, diversity: [] });
        continue;
      }
      const { name: named, isRule, method } = blendMethod(settings);
      const truth = truthOf(first, manifest.rows, head);
      // One fold tried out is enough for a rule, which fits nothing.
      const single = isRule && new Set(first.folds).size < 2;
      const result = single ? undefined : nested(method, own, truth, { score, rng: rng.split(head) });
      const fitted = result?.parameters ?? method.fit({ members: own, truth, rng: rng.split(head) });
      parameters[head] = fitted;
      blended.oof.set(head, result?.predictions ?? method.apply(fitted, own));
      if (tests.length > 0) blended.test.set(head, method.apply(fitted, tests));
      const { weights } = fitted as { weights?: unknown };
      reports.push({
        head,
        method: named,
        members: names,
        ...(result !== undefined &&
          !isRule && { fitted: result.fittedScore, nested: result.nestedScore, optimism: result.optimism }),
        ...(isWeights(weights, own.length) && { weights }),
        diversity: diversity(own, truth, { score, names }).map(
          ({ name, score: alone, gain, errorCorrelation }) => ({
            name,
            score: alone,
            gain,
            errorCorrelation: errorCorrelation.map((value) => (Number.isNaN(value) ? null : value)),
          }),
        ),
      });
    }
    await writeHeads(outputs.oof, blended.oof);
    await writeHeads(outputs.test, blended.test);
    await writeJson(outputs.report, reports);
    await writeJson(outputs.parameters, parameters);
  },
});

function isWeights(value: unknown, members: number): value is readonly number[] {
  return Array.isArray(value) && value.length === members && value.every((x) => typeof x === 'number');
}
