import { type MixableBatch, PodiumError } from '@podium/core';

/** @throws PodiumError `augment-batch` if lengths and shape do not match */
export function assertMixable({ pixels, shape, targets }: MixableBatch): void {
  const values = shape.reduce((product, side) => product * side, 1);
  const isShape = shape.length === 4 && shape.every((side) => Number.isInteger(side) && side >= 1);
  if (isShape && pixels.length === values && targets.length > 0 && targets.length % shape[0] === 0) return;
  throw new PodiumError({
    code: 'augment-batch',
    expected: 'pixels [B,H,W,C] that fill the shape, and targets [B,K]',
    got: `shape [${shape.join(',')}], ${pixels.length} pixels, ${targets.length} targets`,
  });
}
