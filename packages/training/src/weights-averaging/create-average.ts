import { PodiumError } from '@podium/core';
import { createEma, type EmaOptions } from './ema.ts';
import { createSwa } from './swa.ts';
import type { WeightAverage } from './weight-average.ts';

/** An average of weights as plain data: `{ kind: 'ema', decay: 0.999 }` or `{ kind: 'swa' }`. */
export type AverageOptions = ({ readonly kind: 'ema' } & Partial<EmaOptions>) | { readonly kind: 'swa' };

/**
 * Creates an average of weights by its kind.
 *
 * @throws PodiumError `training-setting` for an unknown kind, or a setting out of range
 *
 * @example
 * const average = createAverage({ kind: 'ema', decay: 0.999 });
 */
export function createAverage({ kind, ...options }: AverageOptions): WeightAverage {
  if (kind === 'ema') return createEma(options);
  if (kind === 'swa' && Object.keys(options).length === 0) return createSwa();
  throw new PodiumError({
    code: 'training-setting',
    path: { key: 'average' },
    expected: kind === 'swa' ? 'no settings: SWA is a plain mean' : 'kind: ema|swa',
    got: JSON.stringify(kind === 'swa' ? options : { kind }),
  });
}
