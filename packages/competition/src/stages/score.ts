import { readManifest } from '@podium/dataset';
import {
  bootstrap,
  classIntervals,
  classReport,
  compareModels,
  crossValidation,
  type Interval,
  type Metric,
  metrics,
  type ScoredRows,
} from '@podium/metrics';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';
import { readHeads } from '../artifacts/head-predictions.ts';
import { readFormat, writeJson } from '../artifacts/json.ts';
import { finalPredictions, finalSettings } from '../heads/final-predictions.ts';
import { type ScoredTargetRows, scoredTargets } from '../heads/scored-targets.ts';
import { formSettings, predictedHeads, readForm } from '../heads/submission-form.ts';

/** A score and how far it may be trusted. */
export interface ScoreInterval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

export interface HeadScore {
  /** What is scored: a head, or a combination of heads. */
  readonly head: string;
  /** The heads that it is computed from. */
  readonly heads: readonly string[];
  /** Of all out-of-fold rows together; over groups where the rows have them. */
  readonly cv: ScoreInterval;
  readonly folds: readonly { readonly fold: number; readonly rows: number; readonly score: number }[];
  readonly classes: readonly {
    readonly name: string;
    readonly support: number;
    readonly precision: number;
    readonly recall: number;
    readonly f1: number;
    /** Of F1; null where too few rows say. */
    readonly interval: ScoreInterval | null;
  }[];
  /** Each model by itself, and the blend against it. */
  readonly members: readonly {
    readonly name: string;
    readonly cv: ScoreInterval;
    readonly blendGain: ScoreInterval;
    readonly withinNoise: boolean;
  }[];
}

export interface ScoreReport {
  readonly metric: string;
  readonly direction: 'higher' | 'lower';
  /** Whether the written decisions of the submission's form are scored; else predictions are, as they are. */
  readonly form: string | null;
  /** The mean over heads where there are several. */
  readonly score: number;
  readonly heads: readonly HeadScore[];
}

/** Scores the blend and its members on out-of-fold rows, as a grader scores what the submission's form writes. */
export const score = defineStage({
  name: 'score',
  version: '4',
  module: import.meta.url,
  cheap: true,
  random: true,
  settings: z.strictObject({
    ...finalSettings,
    metric: z.string(),
    /** Complete settings of the submission's form. Default: predictions are scored as they are. */
    form: formSettings.optional(),
    names: z.array(z.string()).min(1),
    resamples: z.int().min(100).default(1000),
  }),
  inputs: {
    data: { kind: 'folder', type: 'competition' },
    format: { kind: 'file', type: 'data-format' },
    train: { kind: 'file', type: 'manifest' },
    blend: { kind: 'folder', type: 'predictions' },
    members: { kind: 'folder', type: 'predictions', many: true },
  },
  outputs: { score: { kind: 'file', type: 'score', path: 'score.json' } },
  run: async ({ settings, inputs, outputs, rng }) => {
    const { names, resamples } = settings;
    const metric = metrics.get(settings.metric);
    const manifest = await readManifest(inputs.train);
    const blended = await readHeads(inputs.blend);
    const form =
      settings.form &&
      (await readForm({
        data: inputs.data,
        format: await readFormat(inputs.format),
        heads: predictedHeads(manifest.heads, blended),
        settings: settings.form,
      }));
    const members: ScoredTargetRows[][] = [];
    for (const folder of inputs.members) {
      const own = finalPredictions(await readHeads(folder), manifest.heads, settings);
      const inOrder = [...blended].map(([head, { ids }]) => [head, own.get(head)!.align(ids)] as const);
      members.push(scoredTargets(new Map(inOrder), manifest.rows, form, manifest.heads));
    }
    const heads: HeadScore[] = [];
    for (const [t, { name: head, heads: parts, rows }] of scoredTargets(
      blended,
      manifest.rows,
      form,
      manifest.heads,
    ).entries()) {
      const options = { rng: rng.split(head), resamples };
      const folds = new Set(rows.folds);
      const cv =
        folds.size > 1 ? crossValidation(rows, metric, options).pooled : bootstrap(rows, metric, options);
      heads.push({
        head,
        heads: parts,
        cv: short(cv),
        folds: foldScores(rows, metric),
        classes: classRows(rows, options),
        members: members.map((member, m) => {
          const own = member[t]!.rows;
          const comparison = compareModels(
            { ...own, folds: undefined },
            { ...rows, folds: undefined },
            metric,
            options,
          );
          return {
            name: names[m]!,
            cv: short(bootstrap(own, metric, options)),
            blendGain: short(comparison.difference),
            withinNoise: comparison.withinNoise,
          };
        }),
      });
    }
    const total = heads.reduce((sum, { cv }) => sum + cv.estimate, 0) / heads.length;
    const { name, direction } = metric;
    const result: ScoreReport = {
      metric: name,
      direction,
      form: form?.settings.form ?? null,
      score: total,
      heads,
    };
    await writeJson(outputs.score, result);
  },
});

function short({ estimate, low, high }: Interval): ScoreInterval {
  return { estimate, low, high };
}

/** Each fold's own score, where its rows have one. */
function foldScores(rows: ScoredRows, metric: Metric): HeadScore['folds'] {
  const weigh = metric.prepare(rows);
  return [...new Set(rows.folds)]
    .sort((a, b) => a - b)
    .map((fold) => {
      const weights = rows.weights.map((weight, i) => (rows.folds?.[i] === fold ? weight : 0));
      const count = weights.reduce((sum, weight) => sum + Number(weight > 0), 0);
      return { fold, rows: count, score: weigh(weights) };
    })
    .filter((row) => Number.isFinite(row.score));
}

function classRows(rows: ScoredRows, options: Parameters<typeof classIntervals>[1]): HeadScore['classes'] {
  // Numbers have no classes.
  if (rows.task === 'regression') return [];
  const units = new Set(rows.groups ?? rows.ids).size;
  const intervals = units < 2 ? [] : classIntervals(rows, options);
  return classReport(rows).map(({ name, support, precision, recall, f1 }, k) => {
    const interval = intervals[k]?.f1;
    return {
      name,
      support,
      precision,
      recall,
      f1,
      interval: interval === undefined ? null : short(interval),
    };
  });
}
