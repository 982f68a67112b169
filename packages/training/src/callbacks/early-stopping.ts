import type { Callback } from '../loop/index.ts';
import { modeOf } from '../loop/mode.ts';

export interface EarlyStoppingOptions {
  /** Name in the history: `loss`, `accuracy`, `HEAD/accuracy`. Default `loss`. */
  readonly monitor?: string;
  /** Default: lower is better for a loss, higher for others. */
  readonly mode?: 'min' | 'max';
  /** Validations in a row without anything better after which the run ends. Default 3. */
  readonly patience?: number;
  /** By how much it has to be better to count. Default 0. */
  readonly leastChange?: number;
  /** Epoch, from 0, before which the run goes on in any case. Default 0. */
  readonly from?: number;
}

/**
 * Ends a run whose validation gets no better, or is no number any more (Lightning's `EarlyStopping`). It looks at the
 * history alone, so a resumed run stops where an unbroken one does.
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  const { monitor = 'loss', patience = 3, leastChange = 0, from = 0 } = options;
  const sign = (options.mode ?? modeOf(monitor)) === 'min' ? -1 : 1;
  return {
    name: 'early-stopping',
    on: {
      validation: (_, { history, epoch }) => {
        const values = history.flatMap(({ metrics }) => {
          const value = metrics[monitor];
          return value === undefined ? [] : [value];
        });
        if (values.length === 0 || epoch < from) return undefined;
        if (!Number.isFinite(values.at(-1))) return 'stop';
        let best = Number.NEGATIVE_INFINITY;
        let waited = 0;
        for (const value of values) {
          if (sign * value > best + leastChange) {
            best = sign * value;
            waited = 0;
          } else waited++;
        }
        return waited >= patience ? 'stop' : undefined;
      },
    },
  };
}
