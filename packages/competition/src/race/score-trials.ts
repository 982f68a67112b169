import { Rng } from '@podium/core';
import type { Head, ManifestRow } from '@podium/dataset';
import { bootstrap, compareModels, type Interval, type Metric } from '@podium/metrics';
import type { HeadPredictions } from '../artifacts/head-predictions.ts';
import { finalPredictions } from '../heads/final-predictions.ts';
import { scoredTargets } from '../heads/scored-targets.ts';
import type { Scoring } from '../run/preflight.ts';
import type { Settings } from '../settings/schema.ts';

const RESAMPLES = 400;

/** What trials are scored by. */
export interface TrialScoring {
  readonly metric: Metric;
  readonly form: Scoring['form'];
  readonly heads: readonly Head[];
  readonly rows: readonly ManifestRow[];
  readonly settings: Pick<Settings['heads'], 'combine' | 'sameInGroup'>;
}

/** A score with its 95 % interval. */
export interface TrialInterval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** The score of a trial as a grader would see it; with several heads, the mean over them. */
export function trialScore(predictions: HeadPredictions, scoring: TrialScoring): TrialInterval {
  const { metric } = scoring;
  const found = targetsOf(predictions, scoring).map(({ rows, rng }) =>
    bootstrap({ ...rows, folds: undefined }, metric, { rng, resamples: RESAMPLES }),
  );
  return meanOf(found);
}

/** Of b's score minus a's, on the rows that both predicted; positive is better, whatever the metric's direction. */
export function trialDifference(
  a: HeadPredictions,
  b: HeadPredictions,
  scoring: TrialScoring,
): TrialInterval {
  const [first, second] = [targetsOf(shared(a, b), scoring), targetsOf(shared(b, a), scoring)];
  const { metric } = scoring;
  const { estimate, low, high } = meanOf(
    first.map(({ rows, rng }, t) => {
      const [own, other] = [
        { ...rows, folds: undefined },
        { ...second[t]!.rows, folds: undefined },
      ];
      return compareModels(own, other, metric, { rng, resamples: RESAMPLES }).difference;
    }),
  );
  return metric.direction === 'higher'
    ? { estimate, low, high }
    : { estimate: -estimate, low: -high, high: -low };
}

function targetsOf(predictions: HeadPredictions, { form, heads, rows, settings }: TrialScoring) {
  const final = finalPredictions(predictions, heads, settings);
  return scoredTargets(final, rows, form).map((target) => ({
    rows: target.rows,
    rng: Rng.fromSeed('race').split(target.name),
  }));
}

/** Predictions for the rows that the other has, too, in one order. */
function shared(own: HeadPredictions, other: HeadPredictions): HeadPredictions {
  return new Map(
    [...own].map(([head, predictions]) => [
      head,
      predictions.select(
        [...predictions.ids].filter((id) => other.get(head)?.indexOf(id) !== undefined).sort(),
      ),
    ]),
  );
}

function meanOf(intervals: readonly Interval[] | readonly TrialInterval[]): TrialInterval {
  const mean = (pick: (interval: TrialInterval) => number) =>
    intervals.reduce((sum, interval) => sum + pick(interval), 0) / intervals.length;
  return {
    estimate: mean((own) => own.estimate),
    low: mean((own) => own.low),
    high: mean((own) => own.high),
  };
}
