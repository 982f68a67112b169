import { flag, number, readSettings, type SettingsSpec } from '../settings.ts';
import { createAverage, type WeightAverage } from './average.ts';

export interface EmaOptions {
  /** What the average keeps of itself at each update, once warm. */
  readonly decay: number;
  /** Whether the decay starts low and rises, so that the first random weights are soon forgotten. */
  readonly warmUp: boolean;
  /** The rise is `1 - (1 + step / gamma)^-power`. */
  readonly gamma: number;
  readonly power: number;
  /** The decay does not fall below this while it is warming up. */
  readonly leastDecay: number;
  /** Until this step the average is the model itself. */
  readonly after: number;
}

const spec: SettingsSpec<EmaOptions> = {
  decay: number(0.9999, { from: 0, to: 1 }),
  warmUp: flag(false),
  gamma: number(1, { above: 0 }),
  power: number(2 / 3, { above: 0 }),
  leastDecay: number(0, { from: 0, to: 1 }),
  after: number(0, { from: 0, whole: true }),
};

/**
 * An exponential moving average of weights and running statistics, as timm's `ModelEmaV3`.
 *
 * @throws PodiumError for a setting out of range
 */
export function createEma(options: Partial<EmaOptions> = {}): WeightAverage {
  const { decay, warmUp, gamma, power, leastDecay, after } = readSettings('EMA', spec, options);
  const decayAt = (step: number) => {
    const since = step - after - 1;
    if (since <= 0) return 0;
    if (!warmUp) return decay;
    return Math.max(Math.min(1 - (1 + since / gamma) ** -power, decay), leastDecay);
  };
  return createAverage('ema', (step) => 1 - decayAt(step), true);
}
