/** Images with what is known of them: what `@podium/dataset`'s loader gives. */
export interface TrainingBatch {
  /** `[B,H,W,C]`, used before the next batch is asked for; bytes 0..255, or floats that are normalized already. */
  readonly images: Uint8Array | Float32Array;
  readonly shape: readonly [batch: number, height: number, width: number, channels: number];
  readonly ids: readonly string[];
  /**
   * By head: classes `[B]`, -1 where there is no label; or numbers `[B,K]`. Where those are distributions over classes, a
   * row of zeros stands for no label; for a multi-label loss it says that nothing is there.
   */
  readonly targets: Readonly<Record<string, Int32Array | Float32Array>>;
  /** `[B]`: how much each sample counts. */
  readonly weights?: Float32Array;
  readonly epoch: number;
  /** Within the epoch, from 0. */
  readonly step: number;
  /** Batches of this epoch. */
  readonly steps: number;
}

/** All batches of all epochs from some position on. */
export interface BatchSource extends AsyncIterable<TrainingBatch> {
  /** Where to go on after the last batch that was handed out; goes through JSON unchanged. */
  state(): unknown;
  /** Batches of an epoch. */
  steps(epoch: number): number;
  /** How long the loop stood waiting for batches. */
  statistics?(): { readonly seconds: number; readonly waitedSeconds: number };
}

/** Images and targets as a mixer takes them: what `createBatchMixer` of `@podium/augment` works on. */
export interface MixableBatch {
  /** `[B,H,W,C]` */
  readonly pixels: Uint8Array | Float32Array;
  readonly shape: readonly [batch: number, height: number, width: number, channels: number];
  /** `[B, sum of the heads' classes]` */
  readonly targets: Float32Array;
}
