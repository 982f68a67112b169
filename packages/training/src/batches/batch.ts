/** Where a batch is in its epoch. The training loop needs nothing else of a batch. */
export interface BatchPosition {
  /** From 0. */
  readonly epoch: number;
  /** Within the epoch, from 0. */
  readonly step: number;
  /** Batches of this epoch. */
  readonly steps: number;
}

/** Images of a batch. */
export interface ImageBatch {
  /** `[B,H,W,C]`: bytes 0..255, or floats that are already normalized. Read before the next batch is requested. */
  readonly images: Uint8Array | Float32Array;
  readonly shape: readonly [batch: number, height: number, width: number, channels: number];
}

/** Images with their labels, as `@podium/dataset`'s loader yields them. */
export interface TrainingBatch extends ImageBatch, BatchPosition {
  readonly ids: readonly string[];
  /**
   * By head: class indices `[B]`, -1 for a missing label; or numbers `[B,K]`. If those are distributions over classes, a row
   * of zeros is a missing label; for a multi-label loss it means that no label applies. For regression NaN is a missing number.
   */
  readonly targets: Readonly<Record<string, Int32Array | Float32Array>>;
  /** `[B]`: weight of each sample. */
  readonly weights?: Float32Array;
}

/** The batches of all epochs, from some position on. */
export interface BatchSource<Batch extends BatchPosition = TrainingBatch> extends AsyncIterable<Batch> {
  /** Position after the last batch that was handed out: JSON. A source opened with it continues from there. */
  state(): unknown;
  /** Batches of an epoch. */
  steps(epoch: number): number;
  /** How long the loop waited for batches. */
  statistics?(): { readonly seconds: number; readonly waitedSeconds: number };
}
