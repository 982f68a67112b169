/** Number formats of stored tensors, with PyTorch's names. */
export type StateDtype =
  | 'float64'
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint8'
  | 'bool';

/** Arrays of each number format; float16 and bfloat16 as bits. */
export interface StateArrays {
  float64: Float64Array;
  float32: Float32Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  int64: BigInt64Array;
  int32: Int32Array;
  int16: Int16Array;
  int8: Int8Array;
  uint8: Uint8Array;
  bool: Uint8Array;
}

/** One tensor of a checkpoint, outside the engine, in PyTorch's shape and order (`[O,I,kh,kw]` for a convolution). */
export interface StateTensor {
  readonly dtype: StateDtype;
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: StateArrays[StateDtype];
}

/** Tensors by PyTorch's names: `layer1.0.conv1.weight`. */
export type StateDict = ReadonlyMap<string, StateTensor>;
