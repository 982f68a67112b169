import { power } from '../portable-math.ts';
import { tableOf } from './lut.ts';

/** PIL's `ImageEnhance.Brightness`: a blend with black. */
export function brightnessTable(factor: number): Uint8Array {
  return tableOf((level) => level * factor);
}

/** PIL's `ImageEnhance.Contrast`: a blend with the image's mean gray level, a whole number. */
export function contrastTable(factor: number, mean: number): Uint8Array {
  return tableOf((level) => mean + factor * (level - mean));
}

/** torchvision's `adjust_gamma` on a PIL image: `255 (v / 255)^gamma`. */
export function gammaTable(gamma: number): Uint8Array {
  return tableOf((level) => (255 + 1 - 1e-3) * power(level / 255, gamma));
}

/** PIL's `ImageOps.posterize`: keeps the `bits` highest bits. */
export function posterizeTable(bits: number): Uint8Array {
  const mask = bits >= 8 ? 0xff : 0xff & ~(2 ** (8 - bits) - 1);
  return tableOf((level) => level & mask);
}

/** PIL's `ImageOps.solarize`: inverts levels at or above the threshold. */
export function solarizeTable(threshold: number): Uint8Array {
  return tableOf((level) => (level < threshold ? level : 255 - level));
}

/** Adds to levels below the threshold ("SolarizeAdd" of the AutoAugment code). */
export function solarizeAddTable(add: number, threshold: number): Uint8Array {
  return tableOf((level) => (level < threshold ? Math.min(255, level + add) : level));
}

export function invertTable(): Uint8Array {
  return tableOf((level) => 255 - level);
}

export function shiftTable(shift: number): Uint8Array {
  return tableOf((level) => level + shift);
}

/** PIL's `ImageOps.autocontrast` without cutoff, given the smallest and largest level of a channel. */
export function autocontrastTable([lo, hi]: readonly [lowest: number, highest: number]): Uint8Array {
  if (hi <= lo) return tableOf((level) => level);
  const scale = 255 / (hi - lo);
  const offset = -lo * scale;
  return tableOf((level) => level * scale + offset);
}

/** PIL's `ImageOps.equalize`, given the histogram of a channel. */
export function equalizeTable(histogram: Uint32Array): Uint8Array {
  let [total, last, levels] = [0, 0, 0];
  for (const count of histogram) {
    if (count === 0) continue;
    total += count;
    last = count;
    levels++;
  }
  const step = Math.floor((total - last) / 255);
  if (levels <= 1 || step === 0) return tableOf((level) => level);
  let sum = Math.floor(step / 2);
  return tableOf((level) => {
    const value = sum / step;
    sum += histogram[level]!;
    return value;
  });
}
