import type { Rng } from '../random/rng.ts';

/** Images of one size with their targets, as a mixer takes and returns them. */
export interface MixableBatch<Pixels extends Uint8Array | Float32Array = Uint8Array | Float32Array> {
  /** `[B,H,W,C]` */
  readonly pixels: Pixels;
  readonly shape: readonly [batch: number, height: number, width: number, channels: number];
  /** `[B,K]`: a probability per class, or 0 to 1 per label; the columns of several heads side by side. */
  readonly targets: Float32Array;
}

/** Mixes images of a batch and their targets (MixUp, CutMix). Returns new arrays. */
export interface BatchMixer {
  apply(batch: MixableBatch, rng: Rng, epoch: number): MixableBatch;
}
