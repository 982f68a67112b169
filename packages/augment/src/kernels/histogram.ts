import type { Image } from '@podium/core';

/** How often each level occurs, 256 counts a channel. */
export function histograms({ data, channels }: Image): Uint32Array[] {
  const counts = Array.from({ length: channels }, () => new Uint32Array(256));
  if (channels === 3) {
    const [red, green, blue] = counts as [Uint32Array, Uint32Array, Uint32Array];
    for (let i = 0; i + 2 < data.length; i += 3) {
      const r = data[i] as number;
      const g = data[i + 1] as number;
      const b = data[i + 2] as number;
      red[r] = (red[r] as number) + 1;
      green[g] = (green[g] as number) + 1;
      blue[b] = (blue[b] as number) + 1;
    }
    return counts;
  }
  for (let i = 0; i < data.length; i++) {
    const count = counts[i % channels] as Uint32Array;
    const level = data[i] as number;
    count[level] = (count[level] as number) + 1;
  }
  return counts;
}

/** Mean of PIL's grey picture, rounded as `ImageEnhance.Contrast` does; of grey pictures, their own. */
export function meanGrey({ data, channels }: Image): number {
  let sum = 0;
  if (channels === 3) {
    for (let i = 0; i + 2 < data.length; i += 3) {
      sum +=
        ((data[i] as number) * 19595 +
          (data[i + 1] as number) * 38470 +
          (data[i + 2] as number) * 7471 +
          0x8000) >>
        16;
    }
    return Math.trunc(sum / (data.length / 3) + 0.5);
  }
  for (let i = 0; i < data.length; i++) sum += data[i] as number;
  return Math.trunc(sum / data.length + 0.5);
}
