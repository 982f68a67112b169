import { fail, Predictions } from '@podium/core';
import { alignMembers } from './members/align-members.ts';
import { addWeighted, shares } from './members/weights.ts';
import { geometricMean } from './rules/geometric-mean.ts';
import { mean } from './rules/mean.ts';

/** What is averaged. */
export type AverageOf = 'probability' | 'log-probability' | 'logit';

export interface AverageViewsOptions {
  /** Averaged logits stay logits, so that they can be calibrated or stacked later. Default: probability. */
  readonly of?: AverageOf;
  /** One per view, for example less for strong crops. Default: equal. */
  readonly weights?: ArrayLike<number>;
}

/**
 * The last step of test-time augmentation: averages one model's predictions over several views of the same images (flips,
 * crops, scales).
 * @throws PodiumError as `alignMembers` does; `ensemble-weights`; `ensemble-members` to average logits of views without
 * logits
 *
 * @example
 * const predictions = averageViews([plain, flipped]);
 */
export function averageViews(
  views: readonly Predictions[],
  { of = 'probability', weights }: AverageViewsOptions = {},
): Predictions {
  if (of === 'probability') return mean(views, weights);
  if (of === 'log-probability') return geometricMean(views, weights);
  const aligned = alignMembers(views);
  const first = aligned[0]!;
  const withoutLogits = aligned.findIndex(({ kind }) => kind !== 'logits');
  if (withoutLogits >= 0) {
    fail({
      code: 'ensemble-members',
      message: `the values of view ${withoutLogits}`,
      expected: 'logits',
      got: 'probabilities',
      fix: "average by probability or log-probability, or keep the model's logits",
    });
  }
  const share = shares(weights, aligned.length);
  const sum = new Float64Array(first.values.length);
  aligned.forEach(({ values }, v) => {
    addWeighted(sum, Float64Array.from(values), share[v]!);
  });
  return new Predictions({ ...first, values: Float32Array.from(sum) });
}
