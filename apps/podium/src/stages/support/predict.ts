import { Predictions } from '@podium/core';
import { createLoader, type Head, type ManifestRow } from '@podium/dataset';
import { averageViews } from '@podium/ensemble';
import type { ImageModel } from '@podium/model-zoo';
import { evaluate, type HeadsLoss } from '@podium/training';
import type { HeadPredictions } from '../../artefacts/head-predictions.ts';
import type { InputSettings } from './model.ts';
import { type ViewName, viewTransform } from './views.ts';

interface PredictSettings {
  readonly imageSize: number;
  readonly fit: 'squash' | 'crop';
  readonly input: InputSettings;
  readonly batchSize: number;
  readonly views: readonly ViewName[];
}

/** What a trained model says of rows, by head: probabilities, averaged over the views. */
export async function predictRows(
  model: ImageModel,
  loss: HeadsLoss,
  {
    root,
    rows,
    heads,
  }: { readonly root: string; readonly rows: readonly ManifestRow[]; readonly heads: readonly Head[] },
  settings: PredictSettings,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<HeadPredictions> {
  const { imageSize, batchSize, input, views } = settings;
  const classNames = Object.fromEntries(heads.map(({ name, classes }) => [name, classes]));
  const byView: Readonly<Record<string, Predictions>>[] = [];
  for (const [v, view] of views.entries()) {
    const loader = createLoader({
      ...{ root, rows, heads, batchSize, imageSize: [imageSize, imageSize] as const, seed: 0 },
      transform: viewTransform(view, settings),
    });
    const batches = async function* () {
      let done = v * rows.length;
      for await (const batch of loader) {
        yield batch;
        done += batch.shape[0];
        onProgress(done, rows.length * views.length);
      }
    };
    byView.push((await evaluate({ model, loss, normalization: input }, batches(), classNames)).predictions);
  }
  const groups = rows.map(({ group }) => group);
  const grouped = groups.every((group) => group !== undefined) ? { groups } : {};
  return new Map(
    heads.map(({ name }) => {
      const mean = averageViews(byView.map((predictions) => predictions[name] as Predictions));
      return [name, new Predictions({ ...mean, ...grouped })];
    }),
  );
}
