import type { Image } from '@podium/core';

/*
 * Passes over the pixels of RGB pictures, in place. Pictures of other channel counts have neither hue nor saturation and
 * are left as they are.
 */

/** PIL's `ImageEnhance.Color`: a blend of each pixel with its grey, `L = (19595 R + 38470 G + 7471 B) / 65536`. */
export function saturate({ data, channels }: Image, factor: number): void {
  if (channels !== 3) return;
  const share = Math.round(factor * 65536);
  for (let i = 0; i + 2 < data.length; i += 3) {
    const r = data[i] as number;
    const g = data[i + 1] as number;
    const b = data[i + 2] as number;
    const grey = (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
    const base = Math.imul(grey, 65536 - share);
    const red = (base + Math.imul(share, r)) >> 16;
    const green = (base + Math.imul(share, g)) >> 16;
    const blue = (base + Math.imul(share, b)) >> 16;
    data[i] = red < 0 ? 0 : red > 255 ? 255 : red;
    data[i + 1] = green < 0 ? 0 : green > 255 ? 255 : green;
    data[i + 2] = blue < 0 ? 0 : blue > 255 ? 255 : blue;
  }
}

/** Sets the channels of each pixel to its grey. */
export function desaturate({ data, channels }: Image): void {
  if (channels !== 3) return;
  for (let i = 0; i + 2 < data.length; i += 3) {
    const grey =
      ((data[i] as number) * 19595 +
        (data[i + 1] as number) * 38470 +
        (data[i + 2] as number) * 7471 +
        0x8000) >>
      16;
    data[i] = grey;
    data[i + 1] = grey;
    data[i + 2] = grey;
  }
}

/**
 * Turns the hue by `turns` of the colour circle, as through HSV in exact arithmetic (torchvision's tensor version; PIL's
 * rounds hue to 256 steps and saturation to 255). HSV keeps a pixel's largest and smallest value and moves the third:
 * along the hexagon of hues, a place is `sector * chroma + rise`, so the turn needs no division.
 */
export function turnHue({ data, channels }: Image, turns: number): void {
  const sixths = (turns - Math.floor(turns)) * 6;
  if (channels !== 3 || sixths === 0) return;
  const whole = Math.floor(sixths) % 6;
  const part = Math.round((sixths - Math.floor(sixths)) * 65536);
  for (let i = 0; i + 2 < data.length; i += 3) {
    const r = data[i] as number;
    const g = data[i + 1] as number;
    const b = data[i + 2] as number;
    const high = r > g ? (r > b ? r : b) : g > b ? g : b;
    const low = r < g ? (r < b ? r : b) : g < b ? g : b;
    const chroma = high - low;
    if (chroma === 0) continue;
    // Along the hexagon the third value rises in even sectors (red to yellow first) and falls in odd ones.
    let sector = 0;
    let rise = 0;
    if (high === r) {
      sector = b === low ? 0 : 5;
      rise = b === low ? g - low : high - b;
    } else if (high === g) {
      sector = b === low ? 1 : 2;
      rise = b === low ? high - r : b - low;
    } else {
      sector = r === low ? 3 : 4;
      rise = r === low ? high - g : r - low;
    }
    sector += whole;
    let place = (rise << 16) + Math.imul(part, chroma);
    const full = chroma << 16;
    if (place >= full) {
      place -= full;
      sector++;
    }
    if (sector >= 6) sector -= 6;
    const step = (place + 0x8000) >> 16;
    const middle = (sector & 1) === 0 ? low + step : high - step;
    data[i] = sector === 0 || sector === 5 ? high : sector === 1 || sector === 4 ? middle : low;
    data[i + 1] = sector === 1 || sector === 2 ? high : sector === 0 || sector === 3 ? middle : low;
    data[i + 2] = sector === 3 || sector === 4 ? high : sector === 2 || sector === 5 ? middle : low;
  }
}
