import { PodiumError } from '@podium/core';
import { readManifest } from '@podium/dataset';
import { compareModels, f1, metrics } from '@podium/metrics';
import { defineStage } from '@podium/pipeline';
import { type Verdict, verdict } from '@podium/pseudo-label';
import { z } from 'zod';
import { type HeadPredictions, readHeads, writeHeads } from '../artifacts/head-predictions.ts';
import { writeJson } from '../artifacts/json.ts';
import { headAnswers, headsSettings } from '../heads/final-predictions.ts';
import { scored } from '../heads/scored-rows.ts';

/** What pseudo labels were worth for one model. */
export interface MemberVerdict {
  readonly name: string;
  readonly method: string;
  readonly metric: string;
  readonly heads: readonly (Verdict & { readonly head: string })[];
}

/**
 * Compares a model with pseudo labels and the same model without, on the same out-of-fold rows and as they are scored in the
 * end, and hands on the one that the settings ask for: head by head, or where heads are combined, by what they make up.
 */
export const chooseMember = defineStage({
  name: 'choose-member',
  version: '1',
  module: import.meta.url,
  cheap: true,
  random: true,
  settings: z.strictObject({
    ...headsSettings,
    metric: z.string(),
    name: z.string(),
    method: z.string(),
    keep: z.enum(['if-better', 'always', 'never']),
    resamples: z.int().min(100).default(1000),
  }),
  inputs: {
    train: { kind: 'file', type: 'manifest' },
    baselineOof: { kind: 'folder', type: 'predictions' },
    baselineTest: { kind: 'folder', type: 'predictions' },
    studentOof: { kind: 'folder', type: 'predictions' },
    studentTest: { kind: 'folder', type: 'predictions' },
  },
  outputs: {
    oof: { kind: 'folder', type: 'predictions' },
    test: { kind: 'folder', type: 'predictions' },
    verdict: { kind: 'file', type: 'verdict', path: 'verdict.json' },
  },
  run: async ({ settings, inputs, outputs, rng }) => {
    const { name, method, keep, resamples, combine } = settings;
    const { heads, rows } = await readManifest(inputs.train);
    const metric = metrics.get(settings.metric);
    const baseline = await readHeads(inputs.baselineOof);
    const student = await readHeads(inputs.studentOof);
    const answers = headAnswers(baseline, heads, settings);
    const studentAnswers = headAnswers(student, heads, settings);
    const verdicts: MemberVerdict['heads'][number][] = [];
    for (const [head, own] of answers) {
      const labels = new Set(rows.filter((row) => row.labels[head] !== undefined).map(({ id }) => id));
      const ids = own.ids.filter((id) => labels.has(id));
      const without = own.select(ids);
      const stream = rng.split(head);
      const result = verdict({
        baseline: without,
        keep,
        student: studentAnswers.get(head)!.select(ids),
        truth: scored(without, rows, head).truth,
        compare: (a, b, _, label) => {
          const [first, second] = [a, b].map((said) => ({ ...scored(said, rows, head), folds: undefined }));
          const [x, y] = [first, second] as [ReturnType<typeof scored>, ReturnType<typeof scored>];
          const options = { rng: stream.split(label ?? 'all'), resamples };
          if (label === undefined) return compareModels(x, y, metric, options);
          return classComparison(
            () => compareModels(x, y, f1({ labels: [label] }), options),
            metric.direction,
          );
        },
        metric: {
          name: settings.metric,
          direction: metric.direction,
          percent: metric.range[0] >= -1 && metric.range[1] <= 1,
        },
      });
      verdicts.push({ head, ...result });
    }
    const kept = new Set(verdicts.filter((each) => each.kept).map(({ head }) => head));
    const choose = (without: HeadPredictions, withLabels: HeadPredictions): HeadPredictions =>
      new Map(
        [...without].map(([head, own]) => [
          head,
          kept.has(combine === undefined ? head : combine.into) ? withLabels.get(head)! : own,
        ]),
      );
    await writeHeads(outputs.oof, choose(baseline, student));
    const test = choose(await readHeads(inputs.baselineTest), await readHeads(inputs.studentTest));
    await writeHeads(outputs.test, test);
    const result: MemberVerdict = { name, method, metric: settings.metric, heads: verdicts };
    await writeJson(outputs.verdict, result);
  },
});

/** A class's F1 goes up where it gets better, whatever the metric of all does; undefined for classes too rare to compare. */
function classComparison<T extends { readonly difference: { estimate: number; low: number; high: number } }>(
  compare: () => T,
  direction: 'higher' | 'lower',
): T | undefined {
  try {
    const found = compare();
    if (direction === 'higher') return found;
    const { estimate, low, high } = found.difference;
    return { ...found, difference: { estimate: -estimate, low: -high, high: -low } };
  } catch (error) {
    if (error instanceof PodiumError) return undefined;
    throw error;
  }
}
