import { PodiumError } from '@podium/core';
import type { AnyModule } from '@podium/nn';
import { type FitResult, type FitSettings, fitTask, type Resume } from '@podium/training';
import type { SemiSupervisedBatch } from './batches/index.ts';
import {
  type SemiSupervisedTaskSettings,
  semiSupervisedTask,
  type ValidateModel,
} from './semi-supervised-task.ts';

/** Settings of a run: those of the training loop, and of what it learns. */
export interface SemiSupervisedSettings
  extends Omit<FitSettings<SemiSupervisedBatch>, 'epochs' | 'maxSteps' | 'validation'>,
    SemiSupervisedTaskSettings {
  /** Of dropout and of sampled labels; batches have their own. */
  readonly seed: string | number;
  /** When to validate, and how: the model to use, with the student's average in it if there is one. */
  readonly validation?: FitSettings<SemiSupervisedBatch>['validation'] & { readonly run: ValidateModel };
}

export interface SemiSupervisedResult extends FitResult {
  /** The model to use: a teacher that is an average, which the caller disposes of; otherwise the student. */
  readonly model: AnyModule;
}

/**
 * Trains a student on labeled and unlabeled images at once. The same seed and batches give the same bits with a
 * deterministic engine. A killed run resumes from its last checkpoint, to the same bits as an unbroken one.
 *
 * @param options.resume `auto` (default): from the last checkpoint, if there is one; `never`; or `must`
 * @throws PodiumError `online-teacher` if teacher and method do not go together; `online-output` if a model has not as many
 *   logits as there are classes; `online-batch`, `online-no-unlabeled` naming what a batch lacks; and as `fitTask`
 *
 * @example
 * const { model } = await trainSemiSupervised({
 *   method: createSemiSupervised({ name: 'fixmatch' }, { heads }),
 *   student: { model: net, optimizer: { name: 'sgd', learningRate: 0.03, momentum: 0.9 } },
 *   batches: pairBatches(openLabeled, openUnlabeled),
 *   steps: 10_000,
 *   seed: 1,
 *   checkpoints: createCheckpointStore({ folder: 'checkpoints' }),
 *   saveEvery: { steps: 500 },
 * });
 */
export async function trainSemiSupervised(
  settings: SemiSupervisedSettings,
  options: { readonly resume?: Resume } = {},
): Promise<SemiSupervisedResult> {
  const { steps, student } = settings;
  if (!(Number.isInteger(steps) && steps >= 1)) {
    throw new PodiumError({
      code: 'online-setting',
      path: { key: 'steps' },
      expected: 'a whole number of at least 1',
      got: String(steps),
    });
  }
  const task = semiSupervisedTask(settings);
  try {
    const result = await fitTask(task, { ...settings, maxSteps: steps }, options);
    return { ...result, model: task.model };
  } catch (error) {
    if (task.model !== student.model) task.model.dispose();
    throw error;
  }
}
