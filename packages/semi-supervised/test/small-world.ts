import { Rng } from '@podium/core';
import {
  type AnyModule,
  BatchNorm2d,
  Conv2d,
  Dropout,
  Flatten,
  Linear,
  manualSeed,
  ReLU,
  Sequential,
} from '@podium/nn';

export const CLASSES = 3;
const SIDE = 4;

/** Images in memory, `[N,H,W,C]` bytes, with a class each. */
export interface ImageSet {
  readonly images: Uint8Array;
  readonly shape: readonly [count: number, height: number, width: number, channels: number];
  readonly targets: Int32Array;
}

/** Images of noise with one bright column: the class. */
export function makeImages(seed: string, count: number): ImageSet {
  const rng = Rng.fromSeed(seed);
  const images = new Uint8Array(count * SIDE * SIDE);
  const targets = Int32Array.from({ length: count }, (_, i) => i % CLASSES);
  for (let at = 0; at < images.length; at++) {
    const label = targets[Math.floor(at / (SIDE * SIDE))]!;
    images[at] = rng.int(120) + (at % SIDE === label ? 110 : 0);
  }
  return { images, shape: [count, SIDE, SIDE, 1], targets };
}

/** A network with everything that has a state or draws random numbers: batch norm and dropout. */
export function makeNet(seed: number, outputs: number = CLASSES): AnyModule {
  manualSeed(seed);
  return new Sequential({
    conv: new Conv2d(1, 6, 3, { padding: 1, bias: false }),
    norm: new BatchNorm2d(6, { activation: 'relu' }),
    flatten: new Flatten(),
    drop: new Dropout(0.2),
    hidden: new Linear(6 * SIDE * SIDE, 12),
    relu: new ReLU(),
    out: new Linear(12, outputs),
  }) as unknown as AnyModule;
}
