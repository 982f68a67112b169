import { type Image, PodiumError } from '@podium/core';

export interface Normalization {
  /** A value for each channel, on the scale from 0 to 1. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** What most models trained on ImageNet expect. */
export const IMAGENET: Normalization = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/**
 * Writes `(v / 255 - mean) / std` for every value of the image into `out` from `offset` on, `[H,W,C]` in the image's
 * order.
 * @throws PodiumError `augment-normalize` where mean or std do not fit the channels, or `out` is too short.
 */
export function normalizeInto(
  image: Image,
  out: Float32Array,
  offset: number,
  mean: readonly number[],
  std: readonly number[],
): void {
  const { data, channels } = image;
  check(image, out, offset, mean, std);
  // Tables give the value rounded once, as a division in double precision does, at the price of a multiplication.
  const tables = Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length: 256 }, (_, v) => (v / 255 - mean[channel]!) / std[channel]!),
  );
  if (channels === 3) {
    const [red, green, blue] = tables as [Float32Array, Float32Array, Float32Array];
    for (let i = 0, to = offset; i + 2 < data.length; i += 3, to += 3) {
      out[to] = red[data[i]!]!;
      out[to + 1] = green[data[i + 1]!]!;
      out[to + 2] = blue[data[i + 2]!]!;
    }
    return;
  }
  for (let i = 0; i < data.length; i++) {
    out[offset + i] = (tables[i % channels] as Float32Array)[data[i]!]!;
  }
}

function check(
  { data, channels }: Image,
  out: Float32Array,
  offset: number,
  mean: readonly number[],
  std: readonly number[],
): void {
  const fits = mean.length === channels && std.length === channels && mean.every(Number.isFinite);
  if (!fits || !std.every((value) => value > 0 && Number.isFinite(value))) {
    throw new PodiumError({
      code: 'augment-normalize',
      expected: `${channels} finite means and ${channels} standard deviations > 0, one a channel`,
      got: `mean ${JSON.stringify(mean)}, std ${JSON.stringify(std)}`,
    });
  }
  if (!Number.isInteger(offset) || offset < 0 || offset + data.length > out.length) {
    throw new PodiumError({
      code: 'augment-normalize',
      expected: `room for ${data.length} values from place ${offset} on`,
      got: `an array of ${out.length}`,
    });
  }
}
