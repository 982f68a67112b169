import type { Batch, ManifestRow } from '@podium/dataset';
import { extractFeatures, extractUntrainedFeatures, type ImageModel } from '@podium/model-zoo';
import type { StateTensor } from '@podium/nn';
import { countViews, viewBatches, viewId } from './view-batches.ts';
import type { EvalSettings, ViewName } from './views.ts';

interface FeatureLoad {
  readonly root: string;
  readonly rows: readonly ManifestRow[];
  readonly batchSize: number;
  readonly views: readonly ViewName[];
  readonly settings: EvalSettings;
  readonly signal: AbortSignal;
  /** The network has initial weights, whose batch norms have no statistics yet. */
  readonly untrained: boolean;
  readonly onProgress?: (done: number) => void;
}

/** Features `[N,F]` of rows by a frozen network, one tensor per view. */
export async function viewFeatures(
  model: ImageModel,
  { untrained, ...load }: FeatureLoad,
): Promise<(StateTensor & { readonly data: Float32Array })[]> {
  const { rows, views, settings } = load;
  const batches = () => viewBatches(load) as AsyncIterable<Batch & { readonly images: Uint8Array }>;
  const { ids, values, width } = untrained
    ? await extractUntrainedFeatures(model, batches)
    : await extractFeatures(model, batches());
  const place = new Map(ids.map((id, row) => [id, row]));
  return Array.from({ length: countViews(views, settings) }, (_, view) => {
    const data = new Float32Array(rows.length * width);
    for (const [to, { id }] of rows.entries()) {
      const from = place.get(viewId(view, id))! * width;
      data.set(values.subarray(from, from + width), to * width);
    }
    return { dtype: 'float32', shape: [rows.length, width], data };
  });
}
