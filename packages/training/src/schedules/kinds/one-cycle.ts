import { z } from 'zod';
import { commonSettings, defineSchedule, totalSteps } from '../definition.ts';

/** Up and down once (Smith and Topin 2018, arXiv:1708.07120), as `torch.optim.lr_scheduler.OneCycleLR`'s rate. */
export const oneCycle = defineSchedule({
  name: 'one-cycle',
  summary: 'Rises to the highest rate, then falls far below the first. Good for short training.',
  settings: z
    .strictObject({
      ...commonSettings,
      totalSteps: totalSteps.min(2).describe('steps from the first to the last'),
      warmupFraction: z
        .number()
        .gt(0)
        .lt(1)
        .default(0.3)
        .describe('share of the steps in which the rate rises'),
      divFactor: z.number().positive().default(25).describe('the first rate is the highest divided by this'),
      finalDivFactor: z
        .number()
        .positive()
        .default(1e4)
        .describe('the last rate is the first divided by this'),
      annealing: z.enum(['cosine', 'linear']).default('cosine').describe('shape of rise and fall'),
      threePhase: z
        .boolean()
        .default(false)
        .describe('fall to the first rate as slowly as it rose, and only then to the last'),
    })
    .refine(({ totalSteps, warmupFraction }) => warmupFraction * totalSteps > 1, {
      path: ['totalSteps'],
      error: 'enough steps for warmupFraction to be more than one step',
    })
    .refine(({ warmupFraction, threePhase }) => !threePhase || 2 * warmupFraction < 1, {
      path: ['warmupFraction'],
      error: 'less than half for three phases',
    }),
  create({ learningRate: max, totalSteps, warmupFraction, divFactor, finalDivFactor, ...settings }) {
    const first = max / divFactor;
    const last = first / finalDivFactor;
    const top = warmupFraction * totalSteps - 1;
    const phases = settings.threePhase
      ? [
          { end: top, from: first, to: max },
          { end: 2 * warmupFraction * totalSteps - 2, from: max, to: first },
          { end: totalSteps - 1, from: first, to: last },
        ]
      : [
          { end: top, from: first, to: max },
          { end: totalSteps - 1, from: max, to: last },
        ];
    const between = settings.annealing === 'linear' ? linear : cosine;
    return {
      at(time) {
        let start = 0;
        for (const { end, from, to } of phases) {
          if (time <= end) return between(from, to, (time - start) / (end - start));
          start = end;
        }
        return last;
      },
    };
  },
});

function linear(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}

function cosine(from: number, to: number, share: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2;
}
