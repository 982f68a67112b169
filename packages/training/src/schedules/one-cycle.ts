import { flag, number, oneOf, required } from '../settings.ts';
import type { ScheduleDefinition } from './definition.ts';

interface OneCycleSettings {
  /** The highest rate. */
  readonly learningRate: number;
  /** Number of steps; the last has the least rate. */
  readonly total: number;
  /** Which part of them the rise takes. */
  readonly rise: number;
  /** The first rate is the highest divided by this. */
  readonly startDivisor: number;
  /** The last rate is the first divided by this. */
  readonly endDivisor: number;
  readonly shape: 'cosine' | 'linear';
  /** Goes down to the first rate as long as it went up, and only then to the last. */
  readonly threePhases: boolean;
}

/** Up and down once (Smith and Topin 2018, arXiv:1708.07120), as `torch.optim.lr_scheduler.OneCycleLR`'s rate. */
export const oneCycle: ScheduleDefinition<'one-cycle', OneCycleSettings> = {
  name: 'one-cycle',
  settings: {
    learningRate: required(number(0, { from: 0 })),
    total: required(number(0, { from: 2, whole: true })),
    rise: number(0.3, { above: 0, below: 1 }),
    startDivisor: number(25, { above: 0 }),
    endDivisor: number(1e4, { above: 0 }),
    shape: oneOf('cosine', ['cosine', 'linear']),
    threePhases: flag(false),
  },
  conflict: ({ total, rise, threePhases }) =>
    rise * total <= 1 || (threePhases && 2 * rise >= 1)
      ? `a rise of ${rise} of ${total} steps leaves a phase without length`
      : undefined,
  create: ({ learningRate: most, total, rise, startDivisor, endDivisor, shape, threePhases }) => {
    const first = most / startDivisor;
    const last = first / endDivisor;
    const top = rise * total - 1;
    const phases = threePhases
      ? [
          { end: top, from: first, to: most },
          { end: 2 * rise * total - 2, from: most, to: first },
          { end: total - 1, from: first, to: last },
        ]
      : [
          { end: top, from: first, to: most },
          { end: total - 1, from: most, to: last },
        ];
    const at = (time: number) => {
      let start = 0;
      for (const { end, from, to } of phases) {
        if (time <= end) return between(from, to, (time - start) / (end - start), shape);
        start = end;
      }
      return last;
    };
    return { at };
  },
};

function between(from: number, to: number, part: number, shape: 'cosine' | 'linear'): number {
  return shape === 'linear'
    ? from + (to - from) * part
    : to + ((from - to) * (1 + Math.cos(Math.PI * part))) / 2;
}
