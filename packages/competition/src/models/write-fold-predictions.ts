import type { Head, ManifestRow } from '@podium/dataset';
import type { ImageModel } from '@podium/model-zoo';
import type { Progress } from '@podium/pipeline';
import type { HeadsLoss } from '@podium/training';
import { type HeadPredictions, writeHeads } from '../artifacts/head-predictions.ts';
import { type PredictSettings, predictRows } from './predict-rows.ts';

/** Predicts the held-out rows of a fold and the test rows with the fold's model, and writes both by head. */
export async function writeFoldPredictions(
  model: ImageModel,
  loss: HeadsLoss,
  heads: readonly Head[],
  data: {
    readonly root: string;
    readonly validation: readonly ManifestRow[];
    readonly test: readonly ManifestRow[];
  },
  settings: PredictSettings & { readonly fold: number },
  outputs: { readonly oof: string; readonly test: string },
  report: (progress: Progress) => void,
): Promise<void> {
  const { root, validation, test } = data;
  const predict = (rows: readonly ManifestRow[]) =>
    predictRows(model, loss, { root, rows, heads }, settings, (done, total) =>
      report({ done, total, unit: 'images', message: 'predicting' }),
    );
  const oof = await predict(validation);
  await writeHeads(outputs.oof, ofFold(oof, settings.fold));
  await writeHeads(outputs.test, test.length === 0 ? new Map() : await predict(test));
}

/** Predictions of rows that this fold held out. */
export function ofFold(predictions: HeadPredictions, fold: number): HeadPredictions {
  return new Map([...predictions].map(([name, own]) => [name, own.withFold(fold)]));
}
