import type { Callback } from '../loop/index.ts';

export interface GradientSample {
  readonly step: number;
  readonly learningRate: number;
  /** By parameter group. */
  readonly learningRates: ReadonlyMap<string, number>;
  readonly gradientNorm: number;
  /** Median norm of the hundred steps before; undefined for the first ten. */
  readonly usual: number | undefined;
  /** Whether the norm is ten times the usual one: a batch that would have thrown the weights far, but for clipping. */
  readonly isSpike: boolean;
}

const WINDOW = 100;
const LEAST = 10;
const SPIKE = 10;

/** Hands over learning rates and the norm of all gradients, every so many steps and at each spike. */
export function gradientMonitor(
  onSample: (sample: GradientSample) => void,
  { everySteps = 10 }: { readonly everySteps?: number } = {},
): Callback {
  const norms: number[] = [];
  return {
    name: 'gradient-monitor',
    on: {
      step: ({ step, learningRate, learningRates, gradientNorm }) => {
        const sorted = [...norms].sort((a, b) => a - b);
        const usual = sorted.length < LEAST ? undefined : sorted[sorted.length >> 1];
        const isSpike = usual !== undefined && gradientNorm > SPIKE * usual;
        norms.push(gradientNorm);
        if (norms.length > WINDOW) norms.shift();
        if (isSpike || step % everySteps === 0) {
          onSample({ step, learningRate, learningRates, gradientNorm, usual, isSpike });
        }
        return undefined;
      },
    },
  };
}
