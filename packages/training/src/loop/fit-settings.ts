import { PodiumError } from '@podium/core';
import type { BatchPosition, BatchSource } from '../batches/index.ts';
import type { CheckpointStore } from '../checkpoints/index.ts';
import type { Callback, TrainingEvent } from './events.ts';
import type { TrainingTask } from './task.ts';

/** How often something happens. */
export type Every = { readonly epochs: number } | { readonly steps: number };

/** Settings of a run, whatever it learns. Its length is given in epochs, or in steps. */
export interface FitSettings<Batch extends BatchPosition> {
  /** Opens the batches of all epochs from the position of a state; from the beginning for `undefined`. */
  readonly batches: (state: unknown) => BatchSource<Batch> | Promise<BatchSource<Batch>>;
  /** Number of epochs; the source must have as many. */
  readonly epochs?: number;
  /** Ends the run after this many optimizer steps. Without `epochs`, the length of the run. */
  readonly maxSteps?: number;
  /** Of dropout, stochastic depth and mixing: the same seed gives the same bits. */
  readonly seed: string | number;
  /**
   * Batches whose gradients are averaged into one step. The last step of an epoch averages the rest, as in timm. Default 1.
   */
  readonly accumulate?: number;
  /** Default: after each epoch. */
  readonly validation?: { readonly every?: Every };
  /** The metric that a reacting schedule (plateau) observes. Default `loss`. */
  readonly monitor?: string;
  readonly callbacks?: readonly Callback[];
  /** Where checkpoints go. Default: nothing is saved. */
  readonly checkpoints?: CheckpointStore;
  /**
   * When to save. Default `{ epochs: 1 }`. The end of a run, a stop and a callback's request save in any case.
   */
  readonly saveEvery?: Every | 'on-request';
  /** Ends the run gracefully: it finishes the step and saves; fitting again resumes it. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: TrainingEvent) => void;
}

/** @throws PodiumError `training-setting` for a number out of range, or settings that exclude each other */
export function assertFitSettings<Batch extends BatchPosition>(
  settings: FitSettings<Batch>,
  { name, accumulates = true }: Pick<TrainingTask<Batch>, 'name' | 'accumulates'>,
): void {
  const { epochs, maxSteps, accumulate, validation, saveEvery } = settings;
  assertPositive('epochs', epochs);
  assertPositive('maxSteps', maxSteps);
  assertPositive('accumulate', accumulate);
  for (const [key, every] of [
    ['validation.every', validation?.every],
    ['saveEvery', saveEvery],
  ] as const) {
    if (every === undefined || typeof every === 'string') continue;
    assertPositive(key, 'steps' in every ? every.steps : every.epochs);
  }
  if (epochs === undefined && maxSteps === undefined) {
    throw wrong('epochs', 'epochs or maxSteps: the length of the run', 'neither');
  }
  if (!accumulates && (accumulate ?? 1) > 1) {
    throw wrong('accumulate', `1: ${name} takes several steps per batch`, String(accumulate));
  }
}

function assertPositive(key: string, value: number | undefined): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1)) return;
  throw wrong(key, 'a whole number of at least 1', String(value));
}

function wrong(key: string, expected: string, got: string): PodiumError {
  return new PodiumError({ code: 'training-setting', path: { key }, expected, got });
}
