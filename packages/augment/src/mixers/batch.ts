import { PodiumError } from '@podium/core';

/** Images of one size and their targets, as they go into a model. */
export interface ImageBatch<Pixels extends Uint8Array | Float32Array = Uint8Array | Float32Array> {
  /** `[B,H,W,C]`. */
  readonly pixels: Pixels;
  readonly shape: readonly [batch: number, height: number, width: number, channels: number];
  /** `[B,K]`: a probability for each class, or 0 and 1 for each label. */
  readonly targets: Float32Array;
}

/** @throws PodiumError `augment-batch` where lengths and shape disagree. */
export function checkBatch({ pixels, shape, targets }: ImageBatch): void {
  const values = shape.reduce((product, side) => product * side, 1);
  const whole = shape.length === 4 && shape.every((side) => Number.isInteger(side) && side >= 1);
  if (whole && pixels.length === values && targets.length > 0 && targets.length % shape[0] === 0) return;
  throw new PodiumError({
    code: 'augment-batch',
    expected: 'pixels [B,H,W,C] that fill the shape, and targets [B,K]',
    got: `shape [${shape.join(',')}], ${pixels.length} pixels, ${targets.length} targets`,
  });
}
