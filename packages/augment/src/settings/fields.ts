/** What one setting of a step may be. */
export interface Field<T> {
  readonly default: T;
  /** What is right, for messages: `a number from 0 to 1`. */
  readonly expected: string | readonly string[];
  /** The checked value, spelled out in full, or undefined where it is wrong. */
  readonly read: (value: unknown) => T | undefined;
}

export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

type Pair = readonly [number, number];

function within(value: unknown, { min = -Infinity, max = Infinity }: Bounds): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= min && value <= max;
}

function describeBounds(what: string, { min, max }: Bounds): string {
  if (min !== undefined && max !== undefined) return `${what} from ${min} to ${max}`;
  if (min !== undefined) return `${what} >= ${min}`;
  return max === undefined ? what : `${what} <= ${max}`;
}

export function number(initial: number, bounds: Bounds = {}): Field<number> {
  return {
    default: initial,
    expected: describeBounds('a number', bounds),
    read: (value) => (within(value, bounds) ? value : undefined),
  };
}

export function integer(initial: number, bounds: Bounds = {}): Field<number> {
  return {
    default: initial,
    expected: describeBounds('a whole number', bounds),
    read: (value) => (within(value, bounds) && Number.isInteger(value) ? value : undefined),
  };
}

export function probability(initial: number): Field<number> {
  return number(initial, { min: 0, max: 1 });
}

function pairOf(value: unknown, bounds: Bounds): Pair | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [lo, hi] = value as [unknown, unknown];
  return within(lo, bounds) && within(hi, bounds) && lo <= hi ? [lo, hi] : undefined;
}

/** `[lo, hi]` to draw from; a number d stands for `[-d, d]`. */
export function symmetric(initial: number, bounds: Bounds = {}): Field<Pair> {
  const { max = Infinity } = bounds;
  return {
    // 0 - x, since -0 would not survive JSON.
    default: [0 - initial, initial],
    expected: `${describeBounds('a number d', { min: 0, ...bounds })} (for [-d, d]) or [lo, hi] with lo <= hi within that`,
    read: (value) =>
      within(value, { min: 0, max }) ? [0 - value, value] : pairOf(value, { min: -max, max }),
  };
}

/** `[lo, hi]` to draw from; a number stands for itself, always. */
export function range(lo: number, hi: number, bounds: Bounds = {}): Field<Pair> {
  return {
    default: [lo, hi],
    expected: `${describeBounds('a number', bounds)}, or [lo, hi] with lo <= hi of such`,
    read: (value) => (within(value, bounds) ? [value, value] : pairOf(value, bounds)),
  };
}

/** `[lo, hi]` of whole numbers to draw from, both ends included; a number stands for itself, always. */
export function integerRange(lo: number, hi: number, bounds: Bounds = {}): Field<Pair> {
  const inner = range(lo, hi, bounds);
  return {
    default: [lo, hi],
    expected: `${describeBounds('a whole number', bounds)}, or [lo, hi] with lo <= hi of such`,
    read: (value) => {
      const pair = inner.read(value);
      return pair?.every(Number.isInteger) ? pair : undefined;
    },
  };
}

/** `[lo, hi]` of a factor; a number d stands for `[1 - d, 1 + d]`, not below 0, as in torchvision's ColorJitter. */
export function factor(initial: number): Field<Pair> {
  const bounds = { min: 0, max: 16 };
  return {
    default: [Math.max(0, 1 - initial), 1 + initial],
    expected: 'a number d from 0 to 15 (for factors in [1 - d, 1 + d]) or [lo, hi] of factors from 0 to 16',
    read: (value) =>
      within(value, { min: 0, max: 15 }) ? [Math.max(0, 1 - value), 1 + value] : pairOf(value, bounds),
  };
}

export function choice<const T extends string>(names: readonly T[], initial: NoInfer<T>): Field<T> {
  return {
    default: initial,
    expected: names,
    read: (value) => names.find((name) => name === value),
  };
}

export function flag(initial: boolean): Field<boolean> {
  return {
    default: initial,
    expected: 'true or false',
    read: (value) => (typeof value === 'boolean' ? value : undefined),
  };
}

const level: Bounds = { min: 0, max: 255 };
const isLevel = (value: unknown): value is number => within(value, level) && Number.isInteger(value);

/** A gray level, or one level for each channel. */
export function color(...initial: number[]): Field<readonly number[]> {
  return {
    default: initial,
    expected: 'a whole number from 0 to 255, or three of them for red, green, blue',
    read: (value) => {
      if (isLevel(value)) return [value];
      const list = Array.isArray(value) ? (value as unknown[]) : [];
      return (list.length === 1 || list.length === 3) && list.every(isLevel) ? list : undefined;
    },
  };
}

const side: Bounds = { min: 1, max: 65_535 };

/** `[height, width]` in pixels; a number stands for a square. */
export function size(initial: number): Field<Pair> {
  const isSide = (value: unknown): value is number => within(value, side) && Number.isInteger(value);
  return {
    default: [initial, initial],
    expected: 'a whole number of pixels from 1 to 65535, or [height, width] of such',
    read: (value) => {
      if (isSide(value)) return [value, value];
      if (!Array.isArray(value) || value.length !== 2) return undefined;
      const [height, width] = value as [unknown, unknown];
      return isSide(height) && isSide(width) ? [height, width] : undefined;
    },
  };
}
