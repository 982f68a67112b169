import type { AnyModule } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import type { Normalization, TrainingBatch } from '../loop/index.ts';
import type { HeadsLoss } from '../losses/index.ts';
import type { GroupOptions, OptimizerOptions } from '../optimizers/index.ts';

/** What a check is run on: the user's own model, data and settings. The model is as it was afterwards. */
export interface DoctorSubject {
  readonly model: AnyModule;
  readonly loss: HeadsLoss;
  readonly optimizer: OptimizerOptions;
  readonly groups?: GroupOptions;
  readonly seed: string | number;
  /**
   * Training batches as the run would get them, shuffled and augmented; another pass gives another order and other
   * augmentations of the same images.
   */
  readonly batches: (pass: number) => AsyncIterable<TrainingBatch>;
  readonly validation?: () => AsyncIterable<TrainingBatch>;
  readonly normalization?: Normalization;
  /** What the pretrained weights want; without it, any normalization near mean 0 and deviation 1 is fine. */
  readonly pretrainedInput?: Normalization;
  /** All ids of each side, where they are known: else both sets are read once for them. */
  readonly ids?: { readonly training: readonly string[]; readonly validation: readonly string[] };
  /** What must not be torn apart between training and validation: the group of an id. */
  readonly groupOf?: (id: string) => string | undefined;
  /** Names of the classes, by head. */
  readonly classNames?: Readonly<Record<string, readonly string[]>>;
  /** Freezes parts, see `TrainerSettings.plan`. */
  readonly plan?: (share: number) => ReadonlyMap<string, number>;
  /** The largest learning rate of the schedule, where it is not the optimizer's. */
  readonly learningRate?: number;
  /** Where the training loop is the user's own: one step of it on a batch. Default: the trainer's. */
  readonly trainStep?: (batch: TrainingBatch) => void;
  /** Where inference is the user's own: `[B,H,W,C] -> [B,K]`. Default: the model in evaluation mode. */
  readonly predict?: (x: tf.Tensor4D) => tf.Tensor2D;
}

/** How bad it is; `skipped` where a check does not apply. */
export type Verdict = 'ok' | 'warning' | 'problem' | 'skipped';

export interface CheckResult {
  readonly verdict: Verdict;
  /** What was measured, in a sentence with numbers. */
  readonly evidence: string;
  /** What to do; absent where all is well. */
  readonly fix?: string;
}

/** One common mistake, and how to find it. */
export interface DoctorCheck {
  readonly name: string;
  /** What holds where all is well. */
  readonly title: string;
  readonly run: (subject: DoctorSubject) => Promise<CheckResult>;
}

export function ok(evidence: string): CheckResult {
  return { verdict: 'ok', evidence };
}

export function skipped(evidence: string): CheckResult {
  return { verdict: 'skipped', evidence };
}

export function warning(evidence: string, fix: string): CheckResult {
  return { verdict: 'warning', evidence, fix };
}

export function problem(evidence: string, fix: string): CheckResult {
  return { verdict: 'problem', evidence, fix };
}
