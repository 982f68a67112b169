import type { Metric } from '../metric.ts';
import type { ScoredRows } from '../scored-rows.ts';
import { type Interval, intervalOf } from './interval.ts';
import { type BootstrapOptions, resample } from './resample.ts';

/**
 * A metric's value with a confidence interval. Where the rows have groups, groups are drawn and never single rows of
 * them: photographs of one person are not independent, and an interval that takes them so is too narrow.
 * @throws PodiumError `metric-interval` where there are fewer than two groups (or rows), `metric-undefined` where most
 * resamples have no score, `metric-task`, `metric-option`.
 */
export function bootstrap(rows: ScoredRows, metric: Metric, options: BootstrapOptions): Interval {
  const score = metric.prepare(rows);
  const resampled = resample(rows, (weights) => [score(weights)], options);
  return intervalOf(resampled, 0, metric.name, options);
}
