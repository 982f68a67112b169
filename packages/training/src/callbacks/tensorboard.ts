import { type EventFile, type EventFileOptions, openEventFile } from '@podium/trackers';
import type { Callback } from '../loop/index.ts';

export interface TensorBoardOptions extends Omit<EventFileOptions, 'step'> {
  /** Steps between points of the training loss, learning rates and gradient norm. Default 10. */
  readonly everySteps?: number;
}

/**
 * Writes event files for TensorBoard: `train/loss`, `train/gradient_norm` and `learning_rate/GROUP` by step, and
 * `validation/METRIC`. A resumed run writes a new file, which hides later steps in the previous one.
 *
 * @throws PodiumError if the file cannot be written
 */
export function tensorBoard({ everySteps = 10, ...options }: TensorBoardOptions): Callback {
  let file: EventFile | undefined;
  return {
    name: 'tensorboard',
    on: {
      start: async (_, { step }) => {
        file = await openEventFile({ ...options, step: step === 0 ? 0 : step + 1 });
        return undefined;
      },
      step: async ({ step, loss, losses, gradientNorm, learningRates }) => {
        if (step % everySteps !== 0) return undefined;
        const values: Record<string, number> = { 'train/loss': loss, 'train/gradient_norm': gradientNorm };
        for (const [head, value] of Object.entries(losses)) values[`train/loss/${head}`] = value;
        for (const [group, rate] of learningRates) values[`learning_rate/${group}`] = rate;
        await file?.addPoints([{ step, values }]);
        return undefined;
      },
      validation: async ({ row: { step, metrics } }) => {
        const values = Object.entries(metrics).map(([name, value]) => [`validation/${name}`, value] as const);
        await file?.addPoints([{ step, values: Object.fromEntries(values) }]);
        return undefined;
      },
    },
  };
}
