import { parseSettings } from '@podium/core/settings';
import { z } from 'zod';
import type { Callback } from '../loop/index.ts';

export const earlyStoppingSettings = z.strictObject({
  monitor: z.string().default('loss').describe('metric in the history: loss, accuracy, HEAD/accuracy'),
  mode: z.enum(['min', 'max']).describe('whether a lower or a higher value is better'),
  patience: z.int().min(1).default(3).describe('validations without improvement before the run stops'),
  minDelta: z.number().min(0).default(0).describe('smallest change that counts as an improvement'),
  startEpoch: z.int().min(0).default(0).describe('epoch, counted from 0, before which the run never stops'),
});

export type EarlyStoppingOptions = Readonly<z.input<typeof earlyStoppingSettings>>;

/**
 * Stops a run when a metric no longer improves or is not finite, as Lightning's `EarlyStopping`. It looks only at the
 * history, so a resumed run stops where an unbroken one does.
 *
 * @throws PodiumError `training-setting`
 *
 * @example
 * earlyStopping({ monitor: 'f1-macro', mode: 'max', patience: 5 });
 */
export function earlyStopping(options: EarlyStoppingOptions): Callback {
  const place = { owner: 'callback "early-stopping"', code: 'training-setting' };
  const { monitor, mode, patience, minDelta, startEpoch } = parseSettings(
    earlyStoppingSettings,
    options,
    place,
  );
  const sign = mode === 'min' ? -1 : 1;
  return {
    name: 'early-stopping',
    on: {
      validation: (_, { history, epoch }) => {
        const values = history.flatMap(({ metrics }) => metrics[monitor] ?? []);
        if (values.length === 0 || epoch < startEpoch) return undefined;
        if (!Number.isFinite(values.at(-1))) return 'stop';
        let best = Number.NEGATIVE_INFINITY;
        let waited = 0;
        for (const value of values) {
          if (sign * value > best + minDelta) {
            best = sign * value;
            waited = 0;
          } else waited++;
        }
        return waited >= patience ? 'stop' : undefined;
      },
    },
  };
}
