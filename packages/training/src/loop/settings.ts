import { PodiumError, type Predictions } from '@podium/core';
import type { Precision } from '@podium/engine';
import type { AnyModule } from '@podium/nn';
import type { CheckpointStore } from '../checkpoints/index.ts';
import type { HeadsLoss } from '../losses/index.ts';
import type { GroupOptions, OptimizerOptions } from '../optimizers/index.ts';
import type { Schedule } from '../schedules/index.ts';
import type { WeightAverage } from '../weights-averaging/index.ts';
import type { BatchSource, TrainingBatch } from './batch.ts';
import type { Mixer, Normalization } from './batch-tensors.ts';
import type { Callback, TrainingEvent } from './events.ts';

/** A number for one head's predictions, from what is right for the same rows. */
export type MetricFunction = (
  predictions: Predictions,
  /** Classes `[N]`, or numbers `[N,K]`: those rows of the loader that have a label. */
  targets: Int32Array | Float32Array,
) => number;

/** How the model is judged while it trains. */
export interface ValidationSettings {
  /** Opens the batches of the validation set, from its beginning, each time. */
  readonly batches: () => AsyncIterable<TrainingBatch>;
  /** By name; `head/name` in the history where there are several heads. */
  readonly metrics?: Readonly<Record<string, MetricFunction>>;
  /** Default: after each epoch. */
  readonly every?: { readonly epochs: number } | { readonly steps: number };
  /** Names of the classes, by head; default `0`, `1`, ... */
  readonly classNames?: Readonly<Record<string, readonly string[]>>;
}

/** A running average of the weights, and when it takes the model in. */
export interface AverageSettings {
  readonly weights: WeightAverage;
  /** Default: after each step, as for EMA; SWA takes the model after each epoch. */
  readonly by?: 'step' | 'epoch';
  /** Epoch, from 0, from which on. Default 0. */
  readonly from?: number;
  /**
   * Batches over which the batch norms of the averaged weights are computed anew before each validation: SWA needs it,
   * EMA does not.
   */
  readonly refreshStatistics?: () => AsyncIterable<TrainingBatch>;
}

/** What a run is made of. */
export interface TrainerSettings {
  /** `[B,H,W,C] -> [B, sum of the heads' classes]` logits. */
  readonly model: AnyModule;
  /** See `createHeadsLoss`. */
  readonly loss: HeadsLoss;
  /** Opens the training batches of all epochs, from where a state says; `undefined` is the beginning. */
  readonly batches: (state: unknown) => BatchSource | Promise<BatchSource>;
  /** How many there are; the source has to give as many. */
  readonly epochs: number;
  /** Ends the run after so many optimizer steps. */
  readonly maxSteps?: number;
  /** Of dropout, stochastic depth and mixing: equal seeds give equal bits. */
  readonly seed: string | number;
  readonly optimizer: OptimizerOptions;
  readonly groups?: GroupOptions;
  /** Default: the optimizer's learning rate, always. */
  readonly schedule?: Schedule;
  /** What the schedule counts. Default `step`: optimizer steps. */
  readonly scheduleBy?: 'step' | 'epoch';
  /**
   * Batches whose gradients are averaged into one step. An epoch's last step averages those that are left, as timm does.
   * Default 1.
   */
  readonly accumulate?: number;
  /** Norm of all gradients together above which they are scaled down. */
  readonly clipNorm?: number;
  /** Largest value of a gradient. */
  readonly clipValue?: number;
  readonly average?: AverageSettings;
  /**
   * Freezes and unfreezes parts of the model before each epoch, and gives by what the learning rate is multiplied for the
   * parameter at each path; what is not named keeps 1. `share` is of all epochs, in [0,1).
   */
  readonly plan?: (share: number) => ReadonlyMap<string, number>;
  /** MixUp, CutMix and the like. */
  readonly mixer?: Mixer;
  /** For batches of bytes. Default: `value / 255`. */
  readonly normalization?: Normalization;
  /** Default: the engine's. */
  readonly precision?: Precision;
  /**
   * Less memory for about a third more time: what these modules compute inside is forgotten and computed again in the
   * backward pass, to the same bits. `true` stands for the network's repeated blocks; or globs of module paths. See
   * `recompute` of `@podium/nn`. Default: nothing.
   */
  readonly recompute?: boolean | string | readonly string[];
  readonly validation?: ValidationSettings;
  /** Name in the history that a schedule which reacts is told. Default `loss`. */
  readonly monitor?: string;
  readonly callbacks?: readonly Callback[];
  /** Where checkpoints go; without it nothing is saved. */
  readonly checkpoints?: CheckpointStore;
  /** When to save: default `{ epochs: 1 }`. A run's end, a stop and a callback's wish save in any case. */
  readonly saveEvery?: { readonly epochs: number } | { readonly steps: number } | 'on-request';
  /** Ends the run gracefully: it finishes its step, saves, and says how to go on. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: TrainingEvent) => void;
}

/** @throws PodiumError `training-setting` for a number out of range, or settings that do not go together */
export function checkSettings(settings: TrainerSettings): void {
  whole('epochs', settings.epochs);
  whole('maxSteps', settings.maxSteps);
  whole('accumulate', settings.accumulate);
  for (const [key, every] of [
    ['validation.every', settings.validation?.every],
    ['saveEvery', settings.saveEvery],
  ] as const) {
    if (every === undefined || typeof every === 'string') continue;
    whole(key, 'steps' in every ? every.steps : every.epochs);
  }
  for (const { name } of settings.loss.heads) {
    if (name.includes('/')) {
      throw new PodiumError({
        code: 'training-setting',
        path: { key: `loss.${name}` },
        message: 'a head cannot have this name: history says HEAD/METRIC',
        expected: 'a name without "/"',
      });
    }
  }
}

function whole(key: string, value: number | undefined): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1)) return;
  throw new PodiumError({
    code: 'training-setting',
    path: { key },
    expected: 'a whole number of at least 1',
    got: String(value),
  });
}
