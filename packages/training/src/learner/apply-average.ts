import type { AnyModule } from '@podium/nn';
import { type RefreshOptions, refreshStatistics } from '../weights-averaging/index.ts';
import type { AverageSettings } from './learner.ts';

/**
 * Puts the average of a finished run into the model, for good, and recomputes its running statistics if the settings ask for
 * it, as they should for SWA. (`weights.copyTo` leaves those of the last step.)
 *
 * @throws PodiumError `training-average` if there is no average yet
 *
 * @example
 * const average = { weights: createAverage({ kind: 'swa' }), from: 8, refreshStatistics: openBatches };
 * await createTrainer({ ...settings, average }).fit();
 * await applyAverage(model, average, { normalization });
 */
export async function applyAverage(
  model: AnyModule,
  average: AverageSettings,
  options: RefreshOptions = {},
): Promise<void> {
  average.weights.copyTo(model);
  const batches = average.refreshStatistics?.();
  if (batches !== undefined) await refreshStatistics(model, batches, options);
}
