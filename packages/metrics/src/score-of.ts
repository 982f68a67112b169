import type { Score } from '@podium/core';
import type { Metric } from './metric.ts';
import { logLossWithin } from './metrics/log-loss.ts';
import { metrics } from './registry.ts';
import { uncheckedRows } from './scored-rows.ts';

/**
 * While an ensemble is searched, log loss is clipped at float32's epsilon, as scikit-learn does for float32 values:
 * otherwise one confident mistake would dominate the search.
 */
const SEARCHED: Readonly<Record<string, Metric>> = {
  'log-loss': logLossWithin(2 ** -23, 1),
};

/**
 * A metric in the form that `@podium/ensemble` takes. It is fast enough for thousands of evaluations: it does not check
 * the rows, and returns NaN where `compute` throws `metric-undefined`.
 * @param name of a metric in the registry
 * @throws PodiumError `registry-unknown-name`
 *
 * @example
 * const { nestedScore } = nested(selection({ score: scoreOf('f1-macro') }), members, truth, { ... });
 */
export function scoreOf(name: string): Score {
  const metric = SEARCHED[name] ?? metrics.get(name);
  let weights = new Float64Array(0);
  return {
    name,
    direction: metric.direction,
    score: (truth, rows) => {
      const length = truth instanceof Int32Array ? truth.length : truth.length / rows.classes.length;
      if (weights.length !== length) weights = new Float64Array(length).fill(1);
      return metric.prepare(uncheckedRows(rows, truth, weights))(weights);
    },
  };
}
