import { Predictions } from '@podium/core';
import { geometricMean } from './rules/geometric-mean.ts';
import { mean } from './rules/mean.ts';
import { fail } from './support/errors.ts';
import { alignMembers } from './support/members.ts';
import { addWeighted, shares } from './support/weights.ts';

/** What is averaged. */
export type AverageOf = 'probability' | 'log-probability' | 'logit';

export interface AverageViewsOptions {
  /** Default: probability. Logits stay logits, so that they can be calibrated and stacked afterwards. */
  readonly of?: AverageOf;
  /** One a view, for example less for strong crops. Default: equal. */
  readonly weights?: ArrayLike<number>;
}

/**
 * Test-time augmentation's last step: what one model says about several views of the same images (flips, crops, scales)
 * becomes one prediction an image.
 * @throws PodiumError as `alignMembers` does; `ensemble-weights`; `ensemble-members` for logits of views without logits
 */
export function averageViews(
  views: readonly Predictions[],
  { of = 'probability', weights }: AverageViewsOptions = {},
): Predictions {
  if (of === 'probability') return mean(views, weights);
  if (of === 'log-probability') return geometricMean(views, weights);
  const aligned = alignMembers(views);
  const [first] = aligned as readonly [Predictions];
  const without = aligned.findIndex(({ kind }) => kind !== 'logits');
  if (without >= 0) {
    fail({
      code: 'ensemble-members',
      message: `the values of view ${without}`,
      expected: 'logits',
      got: 'probabilities',
      fix: "average their probability or log-probability, or keep the model's logits",
    });
  }
  const share = shares(weights, aligned.length);
  const sum = new Float64Array(first.values.length);
  aligned.forEach(({ values }, v) => {
    addWeighted(sum, Float64Array.from(values), share[v]!);
  });
  return new Predictions({ ...first, values: Float32Array.from(sum) });
}
