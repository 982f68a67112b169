import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from './native/backend.ts';

/** Global state of the loaded engine, as TensorFlow.js's engine is global, too. */
interface EngineState {
  native: NativeBackend | undefined;
  /** Whether the native backend can compute in bfloat16; otherwise oneDNN would end the process. */
  canBfloat16: boolean;
  /** Whether convolutions and matrix products run in bfloat16. */
  bfloat16: boolean;
}

export const state: EngineState = { native: undefined, canBfloat16: false, bfloat16: false };

/** The native backend if it is the current one; otherwise kernels run their reference versions. */
export function nativeBackend(): NativeBackend | undefined {
  return state.native !== undefined && tf.engine().backend === state.native ? state.native : undefined;
}
