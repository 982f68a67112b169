import { Predictions } from '@podium/core';
import type { Head, ManifestRow } from '@podium/dataset';
import { averageViews } from '@podium/ensemble';
import type { ImageModel } from '@podium/model-zoo';
import { evaluate, type HeadsLoss } from '@podium/training';
import type { HeadPredictions } from '../artifacts/head-predictions.ts';
import type { InputSettings } from './input-settings.ts';
import { countViews, viewBatches, viewOf } from './view-batches.ts';
import type { ViewName } from './views.ts';

export interface PredictSettings {
  readonly imageSize: number;
  readonly fit: 'squash' | 'crop';
  readonly input: InputSettings;
  readonly batchSize: number;
  readonly views: readonly ViewName[];
}

/** Numbers within the bounds that the settings give; other predictions as they are. */
export function withinBounds(predictions: Predictions, { min, max }: Head): Predictions {
  if (min === undefined && max === undefined) return predictions;
  const least = min ?? Number.NEGATIVE_INFINITY;
  const most = max ?? Number.POSITIVE_INFINITY;
  const values = predictions.values.map((value) => Math.min(most, Math.max(least, value)));
  return new Predictions({ ...predictions, values });
}

/** Predictions of a trained model for rows, by head: probabilities or numbers, averaged over the views. */
export async function predictRows(
  model: ImageModel,
  loss: HeadsLoss,
  load: { readonly root: string; readonly rows: readonly ManifestRow[]; readonly heads: readonly Head[] },
  settings: PredictSettings,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<HeadPredictions> {
  const { batchSize, input, views } = settings;
  const { rows, heads } = load;
  const batches = viewBatches({
    ...load,
    batchSize,
    views,
    settings,
    onProgress: (done) => onProgress(done, rows.length),
  });
  const classNames = Object.fromEntries(heads.map(({ name, classes }) => [name, classes]));
  const { predictions } = await evaluate({ model, loss, normalization: input }, batches, classNames);
  const ids = rows.map(({ id }) => id);
  const groups = rows.map(({ group }) => group);
  const grouped = groups.every((group) => group !== undefined) ? { groups } : {};
  const count = countViews(views, settings);
  return new Map(
    heads.map((head) => {
      const { name } = head;
      const all = predictions[name]!;
      const own = Array.from({ length: count }, (_, view) => viewOf(all, view, ids));
      return [name, new Predictions({ ...withinBounds(averageViews(own), head), ...grouped })];
    }),
  );
}
