import type { Image } from '@podium/core';
import { inPieces, pixelKernels, splitShare } from './pixels.ts';

/*
 * Passes over the pixels of RGB images, in place. Images with other numbers of channels have neither hue nor saturation
 * and stay as they are.
 */

/** PIL's `ImageEnhance.Color`: a blend of each pixel with its gray, `L = (19595 R + 38470 G + 7471 B) / 65536`. */
export function saturate({ data, channels }: Image, factor: number): void {
  if (channels !== 3) return;
  const share = Math.round(factor * 65536);
  const simd = pixelKernels();
  const split = splitShare(share);
  if (simd && split) {
    inPieces(simd, data, data, (at, end) => simd.saturate(at, end, split.whole, split.part));
    return;
  }
  for (let i = 0; i + 2 < data.length; i += 3) {
    const r = data[i]!;
    const g = data[i + 1]!;
    const b = data[i + 2]!;
    const gray = (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
    const base = Math.imul(gray, 65536 - share);
    const red = (base + Math.imul(share, r)) >> 16;
    const green = (base + Math.imul(share, g)) >> 16;
    const blue = (base + Math.imul(share, b)) >> 16;
    data[i] = red < 0 ? 0 : red > 255 ? 255 : red;
    data[i + 1] = green < 0 ? 0 : green > 255 ? 255 : green;
    data[i + 2] = blue < 0 ? 0 : blue > 255 ? 255 : blue;
  }
}

/** Sets all channels of a pixel to its gray level. */
export function desaturate(image: Image): void {
  saturate(image, 0);
}

/**
 * Shifts the hue by a fraction `turns` of the color circle, as in HSV (torchvision's tensor version; PIL's rounds hue to
 * 256 steps and saturation to 255), to within 0.04 of a level before rounding.
 *
 * A hue shift keeps a pixel's largest and smallest values and their difference, the chroma. The hue is a position on a
 * circle of six chromas, so neither finding nor shifting it needs a division. Each channel is the largest value minus an
 * amount that depends on the position's distance from that channel's pure color. In sixteenths of a level, everything fits
 * into 16 bits.
 */
export function turnHue({ data, channels }: Image, turns: number): void {
  // As a fraction of half a circle, -1 to 1.
  const part = 2 * (turns - Math.round(turns));
  const turn = Math.min(32767, Math.round(part * 32768));
  if (channels !== 3 || turn === 0) return;
  const simd = pixelKernels();
  if (simd) {
    inPieces(simd, data, data, (at, end) => simd.turnHue(at, end, turn));
    return;
  }
  for (let i = 0; i + 2 < data.length; i += 3) {
    const r = data[i]!;
    const g = data[i + 1]!;
    const b = data[i + 2]!;
    const high = Math.max(r, g, b);
    const chroma = high - Math.min(r, g, b);
    const place = high === r ? g - b : high === g ? 2 * chroma + b - r : r - g - 2 * chroma;
    const turned = 16 * place + ((48 * chroma * turn + 0x4000) >> 15);
    data[i] = high - fall(turned, chroma);
    data[i + 1] = high - fall(turned - 32 * chroma, chroma);
    data[i + 2] = high - fall(turned + 32 * chroma, chroma);
  }
}

/**
 * How far a channel is below the largest value: 0 within a sixth of the circle, the whole chroma beyond a third, and
 * linear in between.
 */
function fall(place: number, chroma: number): number {
  const far = Math.abs(place);
  const distance = Math.min(far, Math.abs(96 * chroma - far));
  return (Math.max(0, Math.min(distance - 16 * chroma, 16 * chroma)) + 8) >> 4;
}
