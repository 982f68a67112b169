import type { Progress } from '@podium/pipeline';
import { type Callback, progress } from '@podium/training';

/** Reports how far a training is, with the numbers that TensorBoard plots. */
export function progressCallback(report: (progress: Progress) => void, epochs: number): Callback {
  const reported = progress(({ share, epoch, loss }) => {
    const message = `epoch ${epoch + 1} of ${epochs}, loss ${loss.toFixed(3)}`;
    report({ done: Math.round(share * 1000), total: 1000, unit: 'steps', message });
  });
  return reported;
}
