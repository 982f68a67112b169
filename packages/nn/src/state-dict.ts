/** Number formats of stored tensors, by PyTorch's names. */
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

/** Values of each number format; float16 and bfloat16 as their bits. */
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

/** One tensor of a checkpoint, outside the engine: PyTorch's shape and order (`[O,I,kh,kw]` for a convolution), row-major. */
export interface StateTensor {
  readonly dtype: StateDtype;
  readonly shape: readonly number[];
  /** As many values as the shape says. */
  readonly data: StateArrays[StateDtype];
}

/** Tensors by PyTorch's keys: `layer1.0.conv1.weight`. */
export type StateDict = ReadonlyMap<string, StateTensor>;
