import { PodiumError } from '@podium/core';
import type { GlobalPool, SelectAdaptivePool2d } from '@podium/nn';
import { makePool } from '../../image-model.ts';

/**
 * A pooling for a layer behind it that stays as it is.
 *
 * @param features that this layer takes
 * @throws PodiumError `zoo-global-pool` if the pooling gives another number of features
 */
export function fitPool(kind: GlobalPool, channels: number, features: number): SelectAdaptivePool2d {
  const made = makePool(kind, channels);
  if (made.features === features) return made.pool;
  throw new PodiumError({
    code: 'zoo-global-pool',
    message: 'this pooling does not fit the layer between pooling and classifier',
    expected: `a pooling that gives ${features} features`,
    got: `"${kind}", which gives ${made.features}`,
    fix: 'pass globalPool when the model is built',
  });
}
