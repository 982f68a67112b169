import type { Normalization } from '@podium/core';
import type { AnyModule } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import type { TrainingBatch } from '../batches/index.ts';
import type { HeadsLoss } from '../losses/index.ts';
import type { GroupOptions, OptimizerOptions } from '../optimizers/index.ts';

/** What the doctor examines: your model, data and settings. The model is left as it was. */
export interface DoctorSubject {
  readonly model: AnyModule;
  readonly loss: HeadsLoss;
  readonly optimizer: OptimizerOptions;
  readonly groups?: GroupOptions;
  readonly seed: string | number;
  /**
   * Training batches as a run gets them, shuffled and augmented. Another pass has the same images in another order, with
   * other augmentations.
   */
  readonly batches: (pass: number) => AsyncIterable<TrainingBatch>;
  readonly validation?: () => AsyncIterable<TrainingBatch>;
  readonly normalization?: Normalization;
  /** Normalization of the pretrained weights. Default: unknown, so any with a mean near 0 and a deviation near 1 is fine. */
  readonly pretrainedInput?: Normalization;
  /** All ids of both sets. Default: the sets are read once to get them. */
  readonly ids?: { readonly training: readonly string[]; readonly validation: readonly string[] };
  /** Group of an id: a group must not be in both training and validation. */
  readonly groupOf?: (id: string) => string | undefined;
  /** Class names by head. */
  readonly classNames?: Readonly<Record<string, readonly string[]>>;
  /** Freezes parts of the model, see `TrainerSettings.plan`. */
  readonly plan?: (share: number) => ReadonlyMap<string, number>;
  /** Highest learning rate of the schedule. Default: the optimizer's. */
  readonly learningRate?: number;
  /** One step of your own training loop on a batch. Default: the trainer's. */
  readonly trainStep?: (batch: TrainingBatch) => void;
  /** Your own inference, `[B,H,W,C] -> [B,K]`. Default: the model in evaluation mode. */
  readonly predict?: (x: tf.Tensor4D) => tf.Tensor2D;
}

/** Severity of a finding; `skipped` if the check does not apply. */
export type Verdict = 'ok' | 'warning' | 'problem' | 'skipped';

export interface CheckResult {
  readonly verdict: Verdict;
  /** What was measured, in one sentence with numbers. */
  readonly evidence: string;
  /** What to do; absent if all is well. */
  readonly fix?: string;
}

/** A check for one common mistake. */
export interface DoctorCheck {
  readonly name: string;
  /** What is true if all is well. */
  readonly title: string;
  /** What it costs at most, in training steps of 16 images. Default: 2. */
  readonly steps?: number;
  /** How many batches it reads at most. Default: 1. */
  readonly batches?: number;
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
