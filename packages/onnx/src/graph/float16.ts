/** The largest finite float16. */
export const MAX_FLOAT16 = 65504;

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The bits of the float16 nearest to each value, ties to even. */
export function toFloat16(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, nearest);
}

function nearest(value: number): number {
  float[0] = value;
  const x = bits[0]!;
  const sign = (x >>> 16) & 0x8000;
  const exponent = (x >>> 23) & 0xff;
  const mantissa = x & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (mantissa === 0 ? 0 : 0x200);
  // Of float16: 15 is the bias, 10 the bits of the mantissa.
  const scaled = exponent - 127 + 15;
  if (scaled >= 31) return sign | 0x7c00;
  if (scaled >= 1) return sign | roundShift((scaled << 23) | mantissa, 13);
  // Subnormal: the leading bit is written out.
  const shift = 14 - scaled;
  return shift > 24 ? sign : sign | roundShift(mantissa | 0x800000, shift);
}

/** `value / 2 ** shift`, rounded to even. A carry moves into the exponent, as it should. */
function roundShift(value: number, shift: number): number {
  const whole = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && (whole & 1) === 1) ? whole + 1 : whole;
}
