import { z } from 'zod';

/** Settings of the linear warmup that any schedule can begin with. */
export const warmupSettings = {
  warmup: z
    .int()
    .min(0)
    .default(0)
    .describe('steps of a linear warmup; if the schedule has totalSteps, they are part of them'),
  warmupStart: z
    .number()
    .min(0)
    .max(1)
    .default(0.01)
    .describe('learning rate at the start of the warmup, relative to the rate that it rises to'),
};

/**
 * Puts a linear warmup before a schedule, as
 * `SequentialLR([LinearLR(start_factor, total_iters=warmup), schedule])` does.
 *
 * @param peak rate that the warmup rises to
 */
export function withWarmup(
  { warmup, warmupStart }: z.output<z.ZodObject<typeof warmupSettings>>,
  peak: number,
  at: (time: number) => number,
): (time: number) => number {
  return (time) =>
    time < warmup ? peak * (warmupStart + ((1 - warmupStart) * time) / warmup) : at(time - warmup);
}
