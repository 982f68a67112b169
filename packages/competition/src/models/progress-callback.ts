import type { Progress } from '@podium/pipeline';
import { type Callback, progress } from '@podium/training';

/** Reports how far a training is, with the numbers that TensorBoard plots. */
export function progressCallback(report: (progress: Progress) => void, epochs: number): Callback {
  let validated: number | undefined;
  return progress(({ share, epoch, step, loss, learningRate, lastValidation }) => {
    const values: Record<string, number> = { 'train/loss': loss, learning_rate: learningRate };
    if (lastValidation !== undefined && lastValidation.step !== validated) {
      validated = lastValidation.step;
      for (const [name, value] of Object.entries(lastValidation.metrics))
        values[`validation/${name}`] = value;
    }
    report({
      done: Math.round(share * 1000),
      total: 1000,
      unit: 'steps',
      message: `epoch ${epoch + 1} of ${epochs}, loss ${loss.toFixed(3)}`,
      step,
      values,
    });
  });
}
