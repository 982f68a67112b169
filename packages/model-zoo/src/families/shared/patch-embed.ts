import { Conv2d, LayerNorm, Module } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import { assertImageSize } from './assert-image-size.ts';

interface PatchEmbedOptions {
  readonly patchSize: number;
  readonly inChannels: number;
  readonly features: number;
  readonly imageSize: readonly [height: number, width: number];
  /** Default true. */
  readonly bias?: boolean;
  /** Epsilon of a layer norm after the projection. Default: no norm. */
  readonly normEpsilon?: number;
  /** Whether images of any size are accepted. Default false: position embeddings fit only one size. */
  readonly anySize?: boolean;
}

/** One vector per patch of an image, `[B,H,W,3] -> [B,H/p,W/p,C]` (timm's `PatchEmbed`). */
export class PatchEmbed extends Module {
  readonly patchSize: number;
  readonly imageSize: readonly [height: number, width: number];
  readonly anySize: boolean;
  proj: Conv2d;
  norm: LayerNorm | null;

  constructor({ patchSize, inChannels, features, imageSize, ...rest }: PatchEmbedOptions) {
    super();
    this.patchSize = patchSize;
    this.imageSize = imageSize;
    this.anySize = rest.anySize ?? false;
    this.proj = new Conv2d(inChannels, features, patchSize, { stride: patchSize, bias: rest.bias ?? true });
    this.norm =
      rest.normEpsilon === undefined ? null : new LayerNorm(features, { epsilon: rest.normEpsilon });
  }

  /** Rows and columns of patches. */
  get grid(): readonly [rows: number, columns: number] {
    const [height, width] = this.imageSize;
    return [Math.floor(height / this.patchSize), Math.floor(width / this.patchSize)];
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    if (!this.anySize) assertImageSize(x, this.imageSize);
    const y = this.proj.call(x);
    return this.norm === null ? y : (this.norm.call(y) as tf.Tensor4D);
  }
}
