import { parseSettings } from '@podium/core/settings';
import { z } from 'zod';
import { createWeightAverage, type WeightAverage } from './weight-average.ts';

export interface EmaOptions {
  /** Weight of the average itself at each update, after the warmup. Default 0.9999. */
  readonly decay: number;
  /** Whether the decay rises from a low value, to forget the random initial weights quickly. Default false. */
  readonly warmup: boolean;
  /** The decay rises as `1 - (1 + step / gamma)^-power`. Defaults 1 and 2/3. */
  readonly gamma: number;
  readonly power: number;
  /** Lower bound of the decay while it rises. Default 0. */
  readonly minDecay: number;
  /** Up to this step the average is the model itself. Default 0. */
  readonly after: number;
  /**
   * Whether the average starts from the initial weights, as TensorFlow's and FixMatch's does, or from those after the
   * first step, as timm's does. Default false.
   */
  readonly initialWeights: boolean;
}

const schema = z.strictObject({
  decay: z.number().min(0).max(1).default(0.9999),
  warmup: z.boolean().default(false),
  gamma: z.number().positive().default(1),
  power: z
    .number()
    .positive()
    .default(2 / 3),
  minDecay: z.number().min(0).max(1).default(0),
  after: z.int().min(0).default(0),
  initialWeights: z.boolean().default(false),
});

/**
 * An exponential moving average of weights and running statistics, like timm's `ModelEmaV3`.
 *
 * @throws PodiumError `training-setting` for a setting out of range
 *
 * @example
 * const average = createEma({ decay: 0.999, warmup: true });
 */
export function createEma(options: Partial<EmaOptions> = {}): WeightAverage {
  const settings = parseSettings(schema, options, { owner: 'EMA', code: 'training-setting' });
  const { decay, warmup, gamma, power, minDecay, after, initialWeights } = settings;
  const decayAt = (step: number) => {
    const since = step - after - (initialWeights ? 0 : 1);
    if (since <= 0) return 0;
    if (!warmup) return decay;
    return Math.max(Math.min(1 - (1 + since / gamma) ** -power, decay), minDecay);
  };
  return createWeightAverage({
    name: 'ema',
    by: 'step',
    includesInitial: initialWeights,
    amount: (step) => 1 - decayAt(step),
    averagesBuffers: true,
  });
}
