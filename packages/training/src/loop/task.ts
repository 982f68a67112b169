import type { Rng } from '@podium/core';
import type { AnyModule } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import type { BatchPosition, TrainingBatch } from '../batches/index.ts';
import type { TaskState } from '../checkpoints/index.ts';
import type { Learner, Losses, StepPosition } from '../learner/index.ts';

/** What a task knows of the run when it gets a batch. */
export interface BatchContext {
  /** Of the whole run: split it by name and number of the batch. */
  readonly rng: Rng;
  /** Batches done before this one. */
  readonly batch: number;
  /** Optimizer steps done. */
  readonly step: number;
  /** False once a callback has stopped MixUp and CutMix. */
  readonly mixing: boolean;
}

/**
 * What one run learns: which models it trains, and what it does with a batch. The loop (`fitTask`) does the rest: batches,
 * epochs, accumulation, averages, validation, events, checkpoints. A task belongs to one run, which disposes of it.
 */
export interface TrainingTask<Batch extends BatchPosition = TrainingBatch> {
  /** Checkpoints of a task can only be resumed by one of the same name. */
  readonly name: string;
  /** The models that are trained. The first one's learning rate and gradient norm are reported. */
  readonly learners: readonly [Learner, ...Learner[]];
  /** The model to use afterwards: what callbacks see. */
  readonly model: AnyModule;
  /** False if the task takes optimizer steps of its own within a batch, so that batches cannot be accumulated. */
  readonly accumulates?: boolean;
  images(batch: Batch): number;
  /** Forward and backward pass of a batch. Gradients are added to those that parameters hold. */
  addGradients(batch: Batch, context: BatchContext): Losses;
  /** An optimizer step by the gradients added up so far. @returns their norm, which the loop disposes of */
  step(position: StepPosition): tf.Scalar;
  /** Metrics of a validation, by name. */
  validate?(): Promise<Record<string, number>>;
  /** State beside that of the learners. */
  state?(): TaskState;
  /** @throws PodiumError naming what does not fit */
  loadState?(state: TaskState): void;
  /** Settings to compare when a run is resumed; those of the first learner at the top level. */
  config(): Readonly<Record<string, unknown>>;
  /** Frees what the task holds on the device, learners included. */
  dispose(): void;
}
