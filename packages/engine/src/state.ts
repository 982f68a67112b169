import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from './native/backend.ts';

/** What the kernels need to know of the engine that was loaded; TensorFlow.js's engine is global, and so is this. */
interface EngineState {
  native: NativeBackend | undefined;
  /** Whether the native backend can compute in bfloat16; where it cannot, oneDNN ends the process. */
  canBfloat16: boolean;
  /** Whether convolutions and matrix products run in bfloat16. */
  bfloat16: boolean;
}

export const state: EngineState = { native: undefined, canBfloat16: false, bfloat16: false };

/** The native backend where it is the one in use, else undefined: then a kernel runs its plain version. */
export function nativeBackend(): NativeBackend | undefined {
  return state.native !== undefined && tf.engine().backend === state.native ? state.native : undefined;
}
