import type { Metric } from '../metric.ts';
import type { ScoredRows } from '../scored-rows.ts';
import { type Interval, intervalOf, uncertain } from './interval.ts';
import { type BootstrapOptions, resample } from './resample.ts';

/**
 * A metric's value with a bootstrap confidence interval. If the rows have groups, whole groups are resampled: images of
 * one person are not independent, and resampling rows would give too narrow an interval. Where all resamples score the
 * same (all rows right, or all wrong), the interval is Wilson's: ten right of ten are not certain.
 * @throws PodiumError `metric-interval` for fewer than two groups (or rows), `metric-undefined` if the score is undefined
 * in most resamples, `metric-task`, `metric-option`
 *
 * @example
 * const { estimate, low, high } = bootstrap(rows, f1(), { rng: Rng.fromSeed(1) });
 */
export function bootstrap(rows: ScoredRows, metric: Metric, options: BootstrapOptions): Interval {
  const score = metric.prepare(rows);
  const resampled = resample(rows, (weights) => [score(weights)], options);
  return uncertain(intervalOf(resampled, 0, metric.name, options), metric.range);
}
