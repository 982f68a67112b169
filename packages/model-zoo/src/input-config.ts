import { type Interpolation, imagenetNormalization } from '@podium/core';

/** How images are prepared for a model: what its weights were trained with. */
export interface InputConfig {
  /** Height and width in pixels. */
  readonly imageSize: readonly [height: number, width: number];
  /** Per channel, of pixels scaled to [0,1]. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Share of the shorter side that the center crop keeps. */
  readonly cropFraction: number;
  readonly interpolation: Interpolation;
}

/** What most models are trained with: ImageNet's statistics and a crop of 7/8. */
export function imagenetInput(size: number): InputConfig {
  return {
    imageSize: [size, size],
    ...imagenetNormalization,
    cropFraction: 0.875,
    interpolation: 'bicubic',
  };
}

/** The same input at another size, with statistics for another number of channels. */
export function adaptInput(
  input: InputConfig,
  {
    imageSize,
    inChannels = 3,
  }: { readonly imageSize?: InputConfig['imageSize']; readonly inChannels?: number },
): InputConfig {
  return {
    ...input,
    imageSize: imageSize ?? input.imageSize,
    mean: perChannel(input.mean, inChannels),
    std: perChannel(input.std, inChannels),
  };
}

/** The mean of the channels for each channel if there are not as many as wanted. */
function perChannel(values: readonly number[], channels: number): readonly number[] {
  if (values.length === channels) return values;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Array.from({ length: channels }, () => mean);
}
