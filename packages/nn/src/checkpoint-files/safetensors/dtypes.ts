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

/** Number formats of the format that Podium does not support; rare in image models. */
export const OTHER_DTYPES: ReadonlySet<string> = new Set([
  'U16',
  'U32',
  'U64',
  'C64',
  'F8_E4M3',
  'F8_E5M2',
  'F8_E8M0',
  'F8_E4M3FNUZ',
  'F8_E5M2FNUZ',
  'F6_E2M3',
  'F6_E3M2',
  'F4',
]);
