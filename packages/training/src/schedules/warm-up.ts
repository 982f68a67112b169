import { number, type SettingsSpec } from '../settings.ts';

/** Settings of a linear warm-up, for schedules that begin with one. */
export interface WarmUpSettings {
  /** How long the rate rises before the schedule itself begins; its own times count from there. */
  readonly warmUp: number;
  /** Where it begins, as a part of the full rate. */
  readonly warmUpFrom: number;
}

export const warmUpSettings: SettingsSpec<WarmUpSettings> = {
  warmUp: number(0, { from: 0, whole: true }),
  warmUpFrom: number(0.01, { from: 0, to: 1 }),
};

/**
 * A schedule with a linear rise before it, as `SequentialLR([LinearLR(start_factor, total_iters=warmUp), schedule])`.
 *
 * @param full the rate to rise to
 */
export function withWarmUp(
  { warmUp, warmUpFrom }: WarmUpSettings,
  full: number,
  at: (time: number) => number,
): (time: number) => number {
  return (time) =>
    time < warmUp ? full * (warmUpFrom + ((1 - warmUpFrom) * time) / warmUp) : at(time - warmUp);
}
