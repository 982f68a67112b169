import { PodiumError, Rng } from '@podium/core';
import type { TrainingBatch } from '../batches/index.ts';
import { disposeLosses, optimizerStep } from '../learner/index.ts';
import { createOptimizer, parameterGroups } from '../optimizers/index.ts';
import { leavingUntouched } from './leaving-untouched.ts';
import { type SupervisedSettings, supervisedLosses } from './supervised-step.ts';
import type { TrainerSettings } from './trainer-settings.ts';

export interface FindLearningRateOptions {
  /** First rate. Default 1e-7. */
  readonly from?: number;
  /** Last rate, unless the loss diverges earlier. Default 10. */
  readonly to?: number;
  /** Number of steps. Default 100. */
  readonly steps?: number;
  /** Stops when the smoothed loss exceeds its best value by this factor. Default 4. */
  readonly divergence?: number;
  readonly onStep?: (point: LearningRatePoint) => void;
}

export interface LearningRatePoint {
  readonly learningRate: number;
  /** Running average of the training loss, bias-corrected. */
  readonly loss: number;
}

export interface LearningRateCurve {
  readonly points: readonly LearningRatePoint[];
  /** Where the loss falls fastest over the logarithm of the rate; undefined if it never falls. */
  readonly steepest: number | undefined;
  /** Within the longest stretch of falling loss: fastai's "valley", the more careful choice. */
  readonly valley: number | undefined;
  /** The rate at which the loss diverged, if it did. */
  readonly diverged: number | undefined;
}

/** Weight of the past in the running average of the loss. */
const SMOOTHING = 0.98;

/**
 * Trains with a learning rate that rises exponentially from batch to batch, to find where the loss falls (Smith 2017,
 * arXiv:1506.01186; suggestions as fastai's `lr_find`). It uses its own optimizer, and leaves the model and the default
 * random stream as they were.
 *
 * @param batches opened as often as needed
 * @throws PodiumError `training-no-batches`, `training-setting`
 *
 * @example
 * const { valley } = await findLearningRate({ model, loss, optimizer: { name: 'adamw' }, seed: 1 }, openBatches);
 */
export async function findLearningRate(
  settings: SupervisedSettings & Pick<TrainerSettings, 'optimizer' | 'groups' | 'seed' | 'clipNorm'>,
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
        const losses = supervisedLosses(settings, batch, rng.split(step));
        const value = losses.total.dataSync()[0]!;
        disposeLosses(losses);
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

/** The learning rates that a curve suggests. */
export function suggest(points: readonly LearningRatePoint[]): {
  readonly steepest: number | undefined;
  readonly valley: number | undefined;
} {
  // At the first points the average settles, at the last ones it climbs.
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

/** A rate within the longest decreasing subsequence of losses. */
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
        message: 'there are no batches to try learning rates on',
        fix: 'give the training set at least one image',
      });
    }
  }
}
