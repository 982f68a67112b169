import { z } from 'zod';

/** `[lo, hi]` that a transform draws from. */
export type Range = readonly [lo: number, hi: number];

/** What a number has to lie between, ends included. */
export interface Limits {
  readonly min?: number;
  readonly max?: number;
}

export function number(defaultValue: number, limits: Limits = {}): z.ZodType<number> {
  return within(limits, words('a number', limits)).default(defaultValue);
}

export function integer(defaultValue: number, limits: Limits = {}): z.ZodType<number> {
  return within(limits, words('a whole number', limits), z.int).default(defaultValue);
}

export function probability(defaultValue: number): z.ZodType<number> {
  return number(defaultValue, { min: 0, max: 1 });
}

/** `[lo, hi]`; a number n means `[n, n]`. */
export function range(lo: number, hi: number, limits: Limits = {}): z.ZodType<Range> {
  return itselfOrRange([lo, hi], limits, 'a number', z.number);
}

/** `[lo, hi]` of whole numbers, both ends included; a number n means `[n, n]`. */
export function integerRange(lo: number, hi: number, limits: Limits = {}): z.ZodType<Range> {
  return itselfOrRange([lo, hi], limits, 'a whole number', z.int);
}

/** `[lo, hi]` within [-max, max]; a number d means `[-d, d]`. */
export function symmetricRange(d: number, { max }: { readonly max: number }): z.ZodType<Range> {
  const limits = { min: 0, max };
  const error = `${words('a number d', limits)}, meaning [-d, d], or [lo, hi] within [${-max}, ${max}]`;
  const around = (value: number): Range => [0 - value, value];
  const end = { min: -max, max };
  return z
    .union([within(limits, error).transform(around), pair(end, words('a number', end), error)], { error })
    .default(around(d));
}

/**
 * `[lo, hi]` of factors from 0 to 16; a number d means `[1 - d, 1 + d]`, cut off at 0, as in torchvision's
 * ColorJitter.
 */
export function factorRange(d: number): z.ZodType<Range> {
  const error = 'a number d from 0 to 15, meaning [1 - d, 1 + d], or [lo, hi] of factors from 0 to 16';
  const around = (value: number): Range => [Math.max(0, 1 - value), 1 + value];
  const end = { min: 0, max: 16 };
  return z
    .union([within({ min: 0, max: 15 }, error).transform(around), pair(end, words('a factor', end), error)], {
      error,
    })
    .default(around(d));
}

/** 1 to 64 numbers. */
export function numberList(defaultValue: readonly number[], limits: Limits): z.ZodType<readonly number[]> {
  const item = within(limits, words('a number', limits));
  return z
    .array(item)
    .min(1)
    .max(64)
    .default([...defaultValue]);
}

/** 1 to 64 whole numbers. */
export function integerList(defaultValue: readonly number[], limits: Limits): z.ZodType<readonly number[]> {
  const item = within(limits, words('a whole number', limits), z.int);
  return z
    .array(item)
    .min(1)
    .max(64)
    .default([...defaultValue]);
}

function itselfOrRange(
  defaultValue: Range,
  limits: Limits,
  what: string,
  type: typeof z.number | typeof z.int,
): z.ZodType<Range> {
  const end = words(what, limits);
  const error = `${end}, or [lo, hi] with lo <= hi`;
  const itself = within(limits, error, type).transform((value): Range => [value, value]);
  return z.union([itself, pair(limits, end, error, type)], { error }).default(defaultValue);
}

function pair(
  limits: Limits,
  endError: string,
  error: string,
  type: typeof z.number | typeof z.int = z.number,
): z.ZodType<Range> {
  const end = within(limits, endError, type);
  return z.tuple([end, end], { error }).refine(([lo, hi]) => lo <= hi, { error });
}

/** A number within limits. @param error what is expected, for messages */
export function within(
  { min = -Infinity, max = Infinity }: Limits,
  error: string,
  type: typeof z.number | typeof z.int = z.number,
): z.ZodType<number> {
  // Adding 0 turns -0, which JSON cannot hold, into 0.
  return type({ error })
    .min(min, { error })
    .max(max, { error })
    .overwrite((value) => value + 0);
}

function words(what: string, { min, max }: Limits): string {
  if (min !== undefined && max !== undefined) return `${what} from ${min} to ${max}`;
  if (min !== undefined) return `${what} >= ${min}`;
  return max === undefined ? what : `${what} <= ${max}`;
}
