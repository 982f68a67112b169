/*
 * ECMAScript does not define how Math.exp and Math.log round, and V8 has changed its implementations before. These
 * versions use only operations that IEEE 754 rounds exactly, so normal random numbers have the same bits everywhere.
 */

const float = new Float64Array(1);
const word = new Uint32Array(float.buffer);
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
const HIGH = LITTLE_ENDIAN ? 1 : 0;

/** Natural logarithm of a positive normal number, to about 2 units in the last place. */
export function portableLog(x: number): number {
  float[0] = x;
  const high = word[HIGH]!;
  let exponent = (high >>> 20) - 1023;
  word[HIGH] = (high & 0xfffff) | 0x3ff00000;
  let mantissa = float[0];
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent += 1;
  }
  // log(m) = 2 atanh(s), s = (m - 1) / (m + 1), |s| < 0.172: terms beyond s^21 are below the last bit.
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let series = 0;
  for (let power = 21; power >= 1; power -= 2) series = series * square + 1 / power;
  return exponent * Math.LN2 + 2 * s * series;
}

/** e^x for -10 <= x <= 0, to about 4 units in the last place. */
export function portableExp(x: number): number {
  const halvings = Math.round(-x / Math.LN2);
  const rest = x + halvings * Math.LN2;
  let series = 1;
  for (let term = 16; term >= 1; term--) series = 1 + (series * rest) / term;
  for (let i = 0; i < halvings; i++) series /= 2;
  return series;
}
