import { type BatchMixer, type Normalization, PodiumError, type Predictions } from '@podium/core';
import type { Precision } from '@podium/engine';
import type { TrainingBatch } from '../batches/index.ts';
import type { LearnerSettings } from '../learner/index.ts';
import type { HeadsLoss } from '../losses/index.ts';
import { assertFitSettings, type Every, type FitSettings } from './fit-settings.ts';

/** Computes a number from the predictions of one head. */
export type MetricFunction = (
  predictions: Predictions,
  /** Class indices `[N]`, or numbers `[N,K]`. Rows without a label are left out. */
  targets: Int32Array | Float32Array,
) => number;

/** How the model is validated during training. */
export interface ValidationSettings {
  /** Opens the batches of the validation set from the beginning, each time. */
  readonly batches: () => AsyncIterable<TrainingBatch>;
  /** By name; `head/name` in the history if there are several heads. */
  readonly metrics?: Readonly<Record<string, MetricFunction>>;
  /** Default: after each epoch. */
  readonly every?: Every;
  /** Names of the classes, by head. Default `0`, `1`, ... */
  readonly classNames?: Readonly<Record<string, readonly string[]>>;
}

/** Settings of a supervised training run. */
export interface TrainerSettings extends FitSettings<TrainingBatch>, LearnerSettings {
  /** `[B,H,W,C] -> [B, sum of the heads' classes]` logits. */
  readonly model: LearnerSettings['model'];
  /** See `createHeadsLoss`. */
  readonly loss: HeadsLoss;
  /** MixUp, CutMix and the like. */
  readonly mixer?: BatchMixer;
  /** For batches of bytes. Default: `value / 255`. */
  readonly normalization?: Normalization;
  /** Default: the engine's. */
  readonly precision?: Precision;
  readonly validation?: ValidationSettings;
}

/** @throws PodiumError `training-setting` for a number out of range, or settings that exclude each other */
export function assertTrainerSettings(settings: TrainerSettings): void {
  assertFitSettings(settings, { name: 'supervised' });
  const { heads } = settings.loss;
  for (const { name } of heads) {
    // A single head has no prefix.
    if (heads.length === 1 || !name.includes('/')) continue;
    throw new PodiumError({
      code: 'training-setting',
      path: { key: `loss.${name}` },
      message: 'a head cannot have this name: the history says HEAD/METRIC',
      expected: 'a name without "/"',
    });
  }
}
