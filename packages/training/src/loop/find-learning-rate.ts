import { PodiumError, Rng } from '@podium/core';
import { createOptimizer, parameterGroups } from '../optimizers/index.ts';
import type { TrainingBatch } from './batch.ts';
import type { TrainerSettings } from './settings.ts';
import { accumulateGradients, optimizerStep } from './train-step.ts';
import { leavingUntouched } from './untouched.ts';

export interface FindLearningRateOptions {
  /** The first rate. Default 1e-7. */
  readonly from?: number;
  /** The last rate, unless the loss diverges before. Default 10. */
  readonly to?: number;
  /** Steps from the one to the other. Default 100. */
  readonly steps?: number;
  /** Ends when the smoothed loss is so many times its best. Default 4. */
  readonly divergence?: number;
  readonly onStep?: (point: LearningRatePoint) => void;
}

export interface LearningRatePoint {
  readonly learningRate: number;
  /** Running average of the training loss, corrected for its start. */
  readonly loss: number;
}

export interface LearningRateCurve {
  readonly points: readonly LearningRatePoint[];
  /** Where the loss falls fastest by the logarithm of the rate; undefined where it never falls. */
  readonly steepest: number | undefined;
  /** In the middle of the longest stretch over which the loss falls: fastai's "valley", the more careful choice. */
  readonly valley: number | undefined;
  /** From which rate on the loss diverged, if it did. */
  readonly diverged: number | undefined;
}

/** Weight of the past in the running average of the loss. */
const SMOOTHING = 0.98;

/**
 * Trains with a learning rate that rises exponentially from batch to batch, and looks at where the loss falls (Smith 2017,
 * arXiv:1506.01186; suggestions as fastai's `lr_find`). The model and the default random stream are as they were
 * afterwards; the optimizer is one of its own.
 *
 * @param batches enough of them are taken from as many passes as are needed
 * @throws PodiumError `training-no-batches`
 */
export async function findLearningRate(
  settings: Pick<
    TrainerSettings,
    'model' | 'loss' | 'optimizer' | 'groups' | 'seed' | 'precision' | 'normalization' | 'mixer' | 'clipNorm'
  >,
  batches: () => AsyncIterable<TrainingBatch>,
  options: FindLearningRateOptions = {},
): Promise<LearningRateCurve> {
  const { from = 1e-7, to = 10, steps = 100, divergence = 4, onStep } = options;
  if (!(from > 0 && to > from && Number.isInteger(steps) && steps >= 10)) {
    throw new PodiumError({
      code: 'training-setting',
      path: { key: 'findLearningRate' },
      expected: '0 < from < to, and at least 10 steps',
      got: `from ${from}, to ${to}, ${steps} steps`,
    });
  }
  const points: LearningRatePoint[] = [];
  let diverged: number | undefined;
  await leavingUntouched(settings.model, async () => {
    settings.model.train();
    const optimizer = createOptimizer(settings.optimizer, parameterGroups(settings.model, settings.groups));
    const rng = Rng.fromSeed(settings.seed).split('find-learning-rate');
    let average = 0;
    let best = Number.POSITIVE_INFINITY;
    try {
      for await (const batch of endless(batches)) {
        const step = points.length;
        const learningRate = from * (to / from) ** (step / (steps - 1));
        optimizer.learningRate = learningRate;
        const losses = accumulateGradients(settings, batch, rng.split(step));
        const value = losses[0]!.dataSync()[0]!;
        for (const tensor of losses) tensor.dispose();
        if (!Number.isFinite(value)) {
          diverged = learningRate;
          break;
        }
        average = SMOOTHING * average + (1 - SMOOTHING) * value;
        const loss = average / (1 - SMOOTHING ** (step + 1));
        points.push({ learningRate, loss });
        onStep?.({ learningRate, loss });
        best = Math.min(best, loss);
        if (loss > divergence * best) {
          diverged = learningRate;
          break;
        }
        if (points.length === steps) break;
        optimizerStep(optimizer, 1, settings).dispose();
      }
    } finally {
      optimizer.dispose();
    }
  });
  return { points, ...suggest(points), diverged };
}

/** What a curve suggests. */
export function suggest(points: readonly LearningRatePoint[]): {
  readonly steepest: number | undefined;
  readonly valley: number | undefined;
} {
  // The first points are the average's start, the last ones where it climbs.
  const usable = points.slice(Math.floor(points.length / 10), Math.max(points.length - 5, 0));
  let steepest: number | undefined;
  let slope = 0;
  for (const [i, point] of usable.entries()) {
    const before = usable[i - 1];
    if (before === undefined) continue;
    const rise = (point.loss - before.loss) / Math.log(point.learningRate / before.learningRate);
    if (rise < slope) {
      slope = rise;
      steepest = before.learningRate;
    }
  }
  return { steepest, valley: valleyOf(usable) };
}

/** The longest stretch between two points, not of falls alone, in which every point counted is lower than those before. */
function valleyOf(points: readonly LearningRatePoint[]): number | undefined {
  const lengths = points.map(() => 1);
  let end = 0;
  let length = 1;
  for (const [i, { loss }] of points.entries()) {
    for (let j = 0; j < i; j++) {
      if (loss < points[j]!.loss && lengths[i]! < lengths[j]! + 1) {
        lengths[i] = lengths[j]! + 1;
      }
    }
    if (lengths[i]! > length) {
      end = i;
      length = lengths[i]!;
    }
  }
  if (length < 3) return undefined;
  const third = length / 3;
  return points[end - length + Math.floor(third) + Math.floor(third / 2)]?.learningRate;
}

async function* endless(batches: () => AsyncIterable<TrainingBatch>): AsyncGenerator<TrainingBatch> {
  for (;;) {
    let found = false;
    for await (const batch of batches()) {
      found = true;
      yield batch;
    }
    if (!found) {
      throw new PodiumError({
        code: 'training-no-batches',
        message: 'there is no batch to try learning rates on',
        fix: 'give the training set at least one image',
      });
    }
  }
}
