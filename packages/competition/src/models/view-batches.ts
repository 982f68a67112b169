import { Predictions } from '@podium/core';
import { type Batch, createLoader, type Head, type ManifestRow, splitViews } from '@podium/dataset';
import { type EvalSettings, type ViewName, viewTransforms } from './views.ts';

interface ViewLoad {
  readonly root: string;
  readonly rows: readonly ManifestRow[];
  readonly heads?: readonly Head[];
  readonly batchSize: number;
  readonly views: readonly ViewName[];
  readonly settings: EvalSettings;
  readonly signal?: AbortSignal;
  /** Images done, each in all of its views. */
  readonly onProgress?: (done: number) => void;
}

/** Rows in several views from one decode per image, one batch per view. Ids name the view: `view:id`. */
export async function* viewBatches(load: ViewLoad): AsyncGenerator<Batch> {
  const { root, rows, heads, batchSize, views, settings, signal, onProgress } = load;
  const { imageSize } = settings;
  const loader = createLoader({
    root,
    rows,
    batchSize,
    imageSize: [imageSize, imageSize] as const,
    seed: 0,
    heads,
    views: viewTransforms(views, settings),
  });
  let done = 0;
  for await (const batch of loader) {
    signal?.throwIfAborted();
    for (const [view, part] of splitViews(batch).entries()) {
      yield { ...part, ids: batch.ids.map((id) => viewId(view, id)) };
    }
    done += batch.ids.length;
    onProgress?.(done);
  }
}

/** How many views these names stand for. */
export function countViews(views: readonly ViewName[], settings: EvalSettings): number {
  return viewTransforms(views, settings).length;
}

/** The id of an image in one of its views. */
export function viewId(view: number, id: string): string {
  return `${view}:${id}`;
}

/** The rows of one view, under the images' own ids, in their order. */
export function viewOf(predictions: Predictions, view: number, ids: readonly string[]): Predictions {
  const own = predictions.select(ids.map((id) => viewId(view, id)));
  return new Predictions({ ...own, ids });
}
