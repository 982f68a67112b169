import { readFileSync } from 'node:fs';
import type { PredictionTask } from '@podium/core';
import { describe, expect, test } from 'vitest';
import {
  averagePrecision,
  type ClassAverageOptions,
  cohenKappa,
  confusionMatrix,
  f1,
  fBeta,
  type Metric,
  metrics,
  precision,
  recall,
  rocAuc,
  scoreRows,
  topK,
} from './index.ts';

interface Case {
  readonly name: string;
  readonly task: PredictionTask;
  readonly classes: number;
  readonly truth: number[];
  readonly values: number[];
  readonly weights: number[] | null;
  readonly expected: Record<string, number | number[] | null>;
}

const { cases } = JSON.parse(
  readFileSync(new URL('./fixtures/sklearn-edges.json', import.meta.url), 'utf8'),
) as { cases: Case[] };

const named: Record<string, Metric> = {
  'linear-kappa': cohenKappa({ penalty: 'linear' }),
  'quadratic-kappa-present': cohenKappa({ penalty: 'quadratic', labels: 'present' }),
  'roc-auc-macro-all': rocAuc({ labels: 'all' }),
  // Classes without true rows weigh nothing, so that counting them changes nothing.
  'roc-auc-weighted': rocAuc({ average: 'weighted', labels: 'all' }),
  'average-precision-macro-all': averagePrecision({ labels: 'all' }),
  'top-1': topK(1),
  'top-2': topK(2),
};

/** `f1 macro first2 nan` and the like. */
function metricOf(name: string): Metric {
  const [kind, average, over, zero] = name.split(' ');
  if (average === undefined) return named[name] ?? metrics.get(name);
  const options = {
    average: average as NonNullable<ClassAverageOptions['average']>,
    ...(over !== 'default' && { labels: over === 'all' ? ('all' as const) : [0, 1] }),
    zeroDivision: zero === 'nan' ? Number.NaN : Number(zero),
  };
  return { precision, recall, f1, f2: (o: ClassAverageOptions) => fBeta(2, o) }[kind as 'f1'](options);
}

describe.each(cases)('$name', ({ task, classes, truth, values, weights, expected }) => {
  const rows = scoreRows(
    {
      task,
      classes: Array.from({ length: classes }, (_, k) => `class ${k}`),
      kind: 'probabilities',
      values: Float64Array.from(values),
    },
    truth,
    weights === null ? {} : { weights },
  );

  test('scikit-learn agrees', () => {
    for (const [name, theirs] of Object.entries(expected)) {
      if (Array.isArray(theirs)) {
        const normalize = name.split(' ')[1] as 'truth' | 'prediction' | 'all';
        const { counts } = confusionMatrix(rows, { normalize });
        counts.forEach((count, cell) => {
          expect(count, name).toBeCloseTo(theirs[cell]!, 12);
        });
        continue;
      }
      const ours = metricOf(name).prepare(rows)(rows.weights);
      if (theirs === null) expect(ours, name).toBeNaN();
      else
        expect(
          Math.abs(ours - theirs) / Math.max(Math.abs(theirs), 1e-3),
          `${name}: ${ours} for ${theirs}`,
        ).toBeLessThan(1e-9);
    }
  });
});
