import type { Head, ManifestRow } from '@podium/dataset';
import type { RecordedInstance } from '@podium/pipeline';
import type { HeadPredictions } from '../artifacts/head-predictions.ts';

/** What a stage gets to repeat on other images what it did in a run. */
export interface ApplyContext {
  /** The instance of the run, as its record has it. */
  readonly instance: RecordedInstance;
  /** Heads of the training data. */
  readonly heads: readonly Head[];
  /** The images to predict. */
  readonly images: { readonly root: string; readonly rows: readonly ManifestRow[] };
  readonly signal: AbortSignal;
  /** What the instance wrote in the run: paths by output, every byte checked. */
  readonly outputs: () => Promise<Readonly<Record<string, string>>>;
  /** Predictions for the images by the instances that this port reads from, in the port's order. */
  readonly predictions: (port: string) => Promise<HeadPredictions[]>;
  /** The file that a port reads, downloaded if need be; undefined for an optional port that is not connected. */
  readonly file: (port: string) => Promise<string | undefined>;
  /** The same context for the instance that a port reads from. */
  readonly upstream: (port: string) => ApplyContext;
  /** Images that one network has predicted. */
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * Predicts other images with what a stage made in a run. Declared as `apply` beside `run`; a stage without it cannot be part
 * of what `podium predict` repeats.
 */
export type ApplyStage = (context: ApplyContext) => Promise<HeadPredictions>;
