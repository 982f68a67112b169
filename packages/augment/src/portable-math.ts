/*
 * ECMAScript leaves the last bits of Math.sin, exp, log and pow to the engine. Images must have the same bytes on every
 * machine, so these functions use only operations that IEEE 754 rounds exactly. Accurate to about 1e-13.
 */

const QUARTER = Math.PI / 2;

/** Sine of an angle in degrees, any size; exact at multiples of 90. */
export function sineOfDegrees(degrees: number): number {
  const turns = degrees / 360;
  const quarters = (turns - Math.floor(turns)) * 4;
  const quadrant = Math.round(quarters);
  const rest = (quarters - quadrant) * QUARTER;
  const square = rest * rest;
  const even = quadrant % 2 === 0;
  let series = 1;
  for (let n = even ? 19 : 18; n > 1; n -= 2) series = 1 - (series * square) / (n * (n - 1));
  const value = even ? rest * series : series;
  return quadrant === 2 || quadrant === 3 ? 0 - value : value;
}

/** Cosine of an angle in degrees, any size; exact at multiples of 90. */
export function cosineOfDegrees(degrees: number): number {
  return sineOfDegrees(degrees + 90);
}

/** e^x for |x| < 700. */
export function exponential(x: number): number {
  const doublings = Math.round(x / Math.LN2);
  const rest = x - doublings * Math.LN2;
  let series = 1;
  for (let term = 16; term >= 1; term--) series = 1 + (series * rest) / term;
  return series * 2 ** doublings;
}

/** Natural logarithm of a positive number. */
export function logarithm(x: number): number {
  let mantissa = x;
  let exponent = 0;
  for (; mantissa > Math.SQRT2; mantissa /= 2) exponent++;
  for (; mantissa < Math.SQRT1_2; mantissa *= 2) exponent--;
  // log(m) = 2 atanh(s), s = (m - 1) / (m + 1), |s| < 0.172: terms beyond s^21 are below the last bit.
  const s = (mantissa - 1) / (mantissa + 1);
  let series = 0;
  for (let power = 21; power >= 1; power -= 2) series = series * s * s + 1 / power;
  return exponent * Math.LN2 + 2 * s * series;
}

/** x^y for x >= 0. */
export function power(x: number, y: number): number {
  if (y === 0) return 1;
  return x === 0 ? 0 : exponential(Math.max(-700, Math.min(y * logarithm(x), 700)));
}
