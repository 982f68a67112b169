import type { Resume } from './checkpointing.ts';
import { type FitResult, fitTask } from './fit-task.ts';
import { supervisedTask } from './supervised-task.ts';
import { assertTrainerSettings, type TrainerSettings } from './trainer-settings.ts';

/** Trains one model on labeled images. */
export interface Trainer {
  /**
   * Trains until the end, or until something stops the run. If the store has a checkpoint, the run resumes from it, to the
   * same bits as an unbroken run (with a deterministic engine).
   *
   * Afterwards the model has the trained weights; `average.swapIn` or `copyTo` puts those of an average into it.
   *
   * @param options.resume `auto` (default): from the last checkpoint, if there is one; `never`; or `must`
   * @throws PodiumError `training-resume` naming the settings that do not match the checkpoint; `training-not-finite` if the
   *   loss is no longer finite, which leaves earlier checkpoints unchanged
   */
  fit(options?: { readonly resume?: Resume }): Promise<FitResult>;
}

/**
 * Creates a trainer.
 *
 * @throws PodiumError `training-setting` if a setting is out of range
 *
 * @example
 * const trainer = createTrainer({
 *   model,                                                          // [B,H,W,C] -> [B,K]
 *   loss: createHeadsLoss([{ name: 'label', classes: 3, loss: { name: 'cross-entropy' } }]),
 *   batches: (state) => createLoader({ ...options, epochs: 10, state }),
 *   epochs: 10,
 *   seed: 1,
 *   optimizer: { name: 'adamw', learningRate: 1e-3 },
 *   checkpoints: createCheckpointStore({ folder: 'checkpoints' }),
 * });
 * const { history } = await trainer.fit();
 */
export function createTrainer(settings: TrainerSettings): Trainer {
  assertTrainerSettings(settings);
  return { fit: async (options) => await fitTask(supervisedTask(settings), settings, options) };
}
