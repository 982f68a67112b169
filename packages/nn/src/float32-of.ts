import type { StateTensor } from './state-tensor.ts';

/** The values of a stored tensor in float32. Returns the same array if they are float32 already. */
export function float32Of({ dtype, data }: StateTensor): Float32Array {
  switch (dtype) {
    case 'float32':
      return data as Float32Array;
    case 'bfloat16': {
      const bits = new Uint32Array(data.length);
      for (let i = 0; i < bits.length; i++) bits[i] = (data[i] as number) << 16;
      return new Float32Array(bits.buffer);
    }
    case 'float16':
      return Float32Array.from(data as Uint16Array, float16ToNumber);
    case 'int64':
      return Float32Array.from(data as BigInt64Array, Number);
    default:
      return Float32Array.from(data as Float64Array);
  }
}

/** IEEE 754 half precision: 1 sign, 5 exponent and 10 fraction bits. */
function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
