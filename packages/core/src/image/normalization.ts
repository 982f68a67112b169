import { PodiumError } from '../errors.ts';

/** Mean and standard deviation per channel, on the scale from 0 to 1. One value stands for all channels. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** ImageNet's statistics, which most pretrained models expect. */
export const imagenetNormalization: Normalization = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/**
 * Scales bytes to what a model expects: `(value / 255 - mean) / std`, computed in double precision and rounded once to
 * float32.
 *
 * @param bytes pixels with interleaved channels: `[H,W,C]` or `[B,H,W,C]`
 * @param normalization default: `value / 255`
 * @param into where to write, as long as `bytes`; default a new array
 * @returns `into`
 * @throws PodiumError `image-normalization` if lengths do not match, or a mean or standard deviation is out of range
 *
 * @example
 * const floats = normalizeBytes(image.data, image.channels, imagenetNormalization);
 */
export function normalizeBytes(
  bytes: Uint8Array,
  channels: number,
  normalization: Normalization = { mean: [0], std: [1] },
  into: Float32Array = new Float32Array(bytes.length),
): Float32Array {
  assertFits(bytes, channels, normalization, into);
  // Tables: one lookup per value instead of a division.
  const tables = Array.from({ length: channels }, (_, c) => tableOf(normalization, c));
  if (channels === 3) {
    const [red, green, blue] = tables as [Float32Array, Float32Array, Float32Array];
    for (let i = 0; i < bytes.length; i += 3) {
      into[i] = red[bytes[i]!]!;
      into[i + 1] = green[bytes[i + 1]!]!;
      into[i + 2] = blue[bytes[i + 2]!]!;
    }
    return into;
  }
  for (let c = 0; c < channels; c++) {
    const table = tables[c]!;
    for (let i = c; i < bytes.length; i += channels) into[i] = table[bytes[i]!]!;
  }
  return into;
}

function tableOf({ mean, std }: Normalization, channel: number): Float32Array {
  const [m, s] = [mean[channel % mean.length]!, std[channel % std.length]!];
  const table = new Float32Array(256);
  for (let value = 0; value < 256; value++) table[value] = (value / 255 - m) / s;
  return table;
}

function assertFits(
  bytes: Uint8Array,
  channels: number,
  { mean, std }: Normalization,
  into: Float32Array,
): void {
  if (!Number.isInteger(channels) || channels < 1 || bytes.length % channels !== 0) {
    throw new PodiumError({
      code: 'image-normalization',
      message: 'pixels to normalize',
      expected: 'a whole number of pixels, with one or more channels each',
      got: `${bytes.length} bytes with ${channels} channels`,
    });
  }
  if (into.length !== bytes.length) {
    throw new PodiumError({
      code: 'image-normalization',
      message: 'an array for normalized pixels',
      expected: `${bytes.length} values`,
      got: String(into.length),
    });
  }
  const hasLength = (values: readonly number[]) => values.length === 1 || values.length === channels;
  const isValid = mean.every(Number.isFinite) && std.every((value) => value > 0 && Number.isFinite(value));
  if (hasLength(mean) && hasLength(std) && isValid) return;
  throw new PodiumError({
    code: 'image-normalization',
    message: `normalization of images with ${channels} ${channels === 1 ? 'channel' : 'channels'}`,
    expected: 'a finite mean and a standard deviation > 0, per channel or for all channels',
    got: `mean ${JSON.stringify(mean)}, std ${JSON.stringify(std)}`,
  });
}
