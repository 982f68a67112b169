import { InvalidArgumentError } from '@commander-js/extra-typings';

/** A whole number of at least 0. */
export function parseWholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number of at least 0.');
}

/** A whole number of at least 1. */
export function parseCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number of at least 1.');
}

export function parseFiniteNumber(text: string): number {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim())) return Number(text);
  throw new InvalidArgumentError('expected a number with a decimal point, such as 0.75.');
}

const BYTES: Readonly<Record<string, number>> = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 };
const HOURS: Readonly<Record<string, number>> = { h: 1, d: 24, w: 168 };

/** `10GB`, `500 MB` -> bytes */
export function parseByteSize(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([kmgt]?b)$/i.exec(text.trim()) ?? [];
  if (number !== undefined) return Number(number) * BYTES[unit!.toLowerCase()]!;
  throw new InvalidArgumentError('expected a size such as 500MB or 10GB.');
}

/** `12h`, `30d`, `4w` -> milliseconds */
export function parseAge(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([hdw])$/i.exec(text.trim()) ?? [];
  if (number !== undefined) return Number(number) * HOURS[unit!.toLowerCase()]! * 3_600_000;
  throw new InvalidArgumentError('expected an age such as 12h, 30d or 4w.');
}

const THOUSANDS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, b: 1e9, t: 1e12 };

/** `25M`, `4.1G`, `300000` -> a number */
export function parseQuantity(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([kmgbt]?)$/i.exec(text.trim()) ?? [];
  if (number !== undefined) return Number(number) * THOUSANDS[unit!.toLowerCase()]!;
  throw new InvalidArgumentError('expected a number such as 25M or 4.1G.');
}
