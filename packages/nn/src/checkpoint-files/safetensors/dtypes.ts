import type { StateDtype } from '../../state-tensor.ts';

/**
 * The format's names of number formats, in the order in which its own writer stores tensors: widest first, so that all
 * values are aligned.
 */
export const SAFETENSORS_DTYPES: ReadonlyMap<string, StateDtype> = new Map<string, StateDtype>([
  ['I64', 'int64'],
  ['F64', 'float64'],
  ['F32', 'float32'],
  ['I32', 'int32'],
  ['BF16', 'bfloat16'],
  ['F16', 'float16'],
  ['I16', 'int16'],
  ['I8', 'int8'],
  ['U8', 'uint8'],
  ['BOOL', 'bool'],
]);

/** Bits of the number formats that Podium does not read; rare in image models. */
export const OTHER_DTYPES: ReadonlyMap<string, number> = new Map([
  ['U16', 16],
  ['U32', 32],
  ['U64', 64],
  ['C64', 64],
  ['F8_E4M3', 8],
  ['F8_E5M2', 8],
  ['F8_E8M0', 8],
  ['F8_E4M3FNUZ', 8],
  ['F8_E5M2FNUZ', 8],
  ['F6_E2M3', 6],
  ['F6_E3M2', 6],
  ['F4', 4],
]);
