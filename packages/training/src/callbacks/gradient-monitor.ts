import type { Callback } from '../loop/index.ts';

export interface GradientSample {
  readonly step: number;
  readonly learningRate: number;
  /** By parameter group. */
  readonly learningRates: ReadonlyMap<string, number>;
  /** Norm of all gradients together, before clipping. */
  readonly gradientNorm: number;
  /** Median norm of the last hundred steps; undefined for the first ten. */
  readonly medianNorm: number | undefined;
  /** Whether the norm is more than ten times the median: without clipping, such a step can ruin the weights. */
  readonly isSpike: boolean;
}

const WINDOW = 100;
const MIN_NORMS = 10;
const SPIKE = 10;

/**
 * Reports learning rates and the norm of all gradients, regularly and at each spike.
 *
 * @param everySteps default 10
 */
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
        const medianNorm = sorted.length < MIN_NORMS ? undefined : sorted[sorted.length >> 1];
        const isSpike = medianNorm !== undefined && gradientNorm > SPIKE * medianNorm;
        norms.push(gradientNorm);
        if (norms.length > WINDOW) norms.shift();
        if (isSpike || step % everySteps === 0) {
          onSample({ step, learningRate, learningRates, gradientNorm, medianNorm, isSpike });
        }
        return undefined;
      },
    },
  };
}
