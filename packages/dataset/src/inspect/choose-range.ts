import type { ValueExtent } from '../decode/deep-pixels.ts';

/** The values that become black and white. */
export type ValueRange = readonly [black: number, white: number];

/** How images of one type of values are scaled to 8 bits, and why. */
export type RangeChoice =
  /** Undefined: all of the type, which is what the decoder does anyway. */
  | { readonly range: ValueRange | undefined; readonly reason: string }
  /** Why no range is right for all of them. */
  | { readonly range: undefined; readonly problem: string };

const BITS = [8, 10, 12, 14, 16] as const;
/** An image that uses less than this part of the range would be nearly black. */
const DARK = 16;
/** A few dark images are what they are. */
const DARK_SHARE = 0.05;
/** Of floats: rounding. */
const ABOUT = 1e-3;

/**
 * Finds the range that all images of a set have: 10, 12, 14 or 16 bits by the largest value, or 0 to 1 for floats. One
 * image cannot tell: it may be dark.
 * @param depth libvips' name of the type of values: `ushort`, `float`, ...
 */
export function chooseRange(depth: string, extents: readonly ValueExtent[]): RangeChoice {
  const { min, max } = joinExtents(extents);
  const all = `${extents.length === 1 ? 'the image has' : `the ${extents.length} images have`} ${typeName(depth)}`;
  const found = `values from ${shown(min)} to ${shown(max)}`;
  if (depth === 'float' || depth === 'double') return chooseForFloats(extents, min, max, all, found);
  if (min < 0 || max > 65_535) return { range: undefined, problem: `${all} with ${found}` };
  const bits = BITS.find((count) => max < 2 ** count)!;
  const white = 2 ** bits - 1;
  const dark = extents.filter((extent) => extent.max < 2 ** bits / DARK && extent.max > extent.min);
  if (bits > 8 && dark.length > extents.length * DARK_SHARE) {
    const others = shown(joinExtents(dark).max);
    return {
      range: undefined,
      problem: `${all} with ${found}, but ${dark.length} of them ${dark.length === 1 ? 'has' : 'have'} no value above ${others} and would be nearly black`,
    };
  }
  const reason = `${all} and no value above ${shown(max)}: ${bits} bits`;
  return { range: depth === 'ushort' && bits === 16 ? undefined : [0, white], reason };
}

/** From the smallest to the largest value of all; a call with an argument per image would overflow the stack. */
export function joinExtents(extents: readonly ValueExtent[]): ValueExtent {
  return extents.reduce((a, b) => ({ min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) }));
}

function chooseForFloats(
  extents: readonly ValueExtent[],
  min: number,
  max: number,
  all: string,
  found: string,
): RangeChoice {
  const isUnit = (extent: ValueExtent) => extent.max <= 1 + ABOUT;
  if (min >= -ABOUT && isUnit({ min, max })) return { range: [0, 1], reason: `${all} with ${found}` };
  const isByte = min >= -ABOUT && max <= 255 + ABOUT && max > 127 && !extents.some(isUnit);
  if (isByte) return { range: [0, 255], reason: `${all} with ${found}: 8 bits` };
  const units = extents.filter(isUnit).length;
  const mixed =
    units > 0 && units < extents.length
      ? `, but ${units} of them ${units === 1 ? 'has' : 'have'} none above 1`
      : '';
  return { range: undefined, problem: `${all} with ${found}${mixed}` };
}

/** The range of a single image; a blank one is black. */
export function ownRange({ min, max }: ValueExtent): ValueRange {
  return min < max ? [min, max] : [min, min + 1];
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ['char', 'signed 8-bit numbers'],
  ['ushort', '16 bits per channel'],
  ['short', 'signed 16-bit numbers'],
  ['uint', '32-bit numbers'],
  ['int', 'signed 32-bit numbers'],
  ['float', 'floats'],
  ['double', '64-bit floats'],
]);

/** What a type of values is, after `has`. */
export function typeName(depth: string): string {
  return TYPES.get(depth) ?? `values of the type ${depth}`;
}

/** A number for people, at most six digits. */
export function shown(value: number): string {
  return String(Number(value.toPrecision(6)));
}
