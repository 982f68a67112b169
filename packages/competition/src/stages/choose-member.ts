import { PodiumError } from '@podium/core';
import { readManifest } from '@podium/dataset';
import { compareModels, f1, metrics } from '@podium/metrics';
import { defineStage } from '@podium/pipeline';
import { type Verdict, verdict } from '@podium/pseudo-label';
import { z } from 'zod';
import { type HeadPredictions, readHeads, writeHeads } from '../artifacts/head-predictions.ts';
import { readJsonFile, writeJson } from '../artifacts/json.ts';
import { finalPredictions, finalSettings } from '../heads/final-predictions.ts';
import { labeled, scored } from '../heads/scored-rows.ts';
import type { ApplyStage } from '../predict/apply-stage.ts';

/** What pseudo labels gained for one model. */
export interface MemberVerdict {
  readonly name: string;
  readonly method: string;
  readonly metric: string;
  readonly heads: readonly (Verdict & { readonly head: string })[];
}

/** Of each head the student's predictions if its pseudo labels were kept; parts of a combined head go together. */
const apply: ApplyStage = async (context) => {
  const { verdict } = await context.outputs();
  const { heads } = await readJsonFile<MemberVerdict>(verdict!);
  const [student] = heads.some(({ kept }) => kept) ? await context.predictions('studentOof') : [];
  const [baseline] = heads.every(({ kept }) => kept) ? [] : await context.predictions('baselineOof');
  if (baseline === undefined || student === undefined) return (student ?? baseline)!;
  const kept = new Set(heads.filter((each) => each.kept).map(({ head }) => head));
  return new Map(
    [...baseline].map(([head, plain]) => [head, kept.has(head) ? (student.get(head) ?? plain) : plain]),
  );
};

/**
 * Compares a model with pseudo labels to the same model without, on the same out-of-fold rows and by the final metric, and
 * passes on the one that the settings ask for: per head, or for combined heads by the combination.
 */
export const chooseMember = defineStage({
  name: 'choose-member',
  version: '2',
  module: import.meta.url,
  cheap: true,
  random: true,
  settings: z.strictObject({
    ...finalSettings,
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
    const final = finalPredictions(baseline, heads, settings);
    const studentFinal = finalPredictions(student, heads, settings);
    const verdicts: MemberVerdict['heads'][number][] = [];
    for (const [head, predictions] of final) {
      const without = labeled(predictions, rows, head);
      const stream = rng.split(head);
      const result = verdict({
        baseline: without,
        keep,
        student: studentFinal.get(head)!.select(without.ids),
        truth: scored(without, rows, head).truth,
        compare: (a, b, _, label) => {
          const [first, second] = [a, b].map((predictions) => ({
            ...scored(predictions, rows, head),
            folds: undefined,
          }));
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
        [...without].map(([head, plain]) => [
          head,
          kept.has(combine === undefined ? head : combine.into) ? withLabels.get(head)! : plain,
        ]),
      );
    await writeHeads(outputs.oof, choose(baseline, student));
    const test = choose(await readHeads(inputs.baselineTest), await readHeads(inputs.studentTest));
    await writeHeads(outputs.test, test);
    const result: MemberVerdict = { name, method, metric: settings.metric, heads: verdicts };
    await writeJson(outputs.verdict, result);
  },
  apply,
});

/** F1 of a class rises as it improves, whatever the direction of the metric; undefined for classes too rare to compare. */
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
