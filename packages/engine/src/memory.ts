import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { nativeBackend } from './state.ts';

/** Memory of the engine's tensors. */
export interface Memory {
  /** Number of tensors. */
  readonly tensors: number;
  /** Bytes of all tensors. Unlike in `tf.memory()`, bfloat16 counts two bytes per value. */
  readonly bytes: number;
  /** Maximum of `bytes` since {@link resetPeakMemory}, on TensorFlow; elsewhere equal to `bytes`. */
  readonly peakBytes: number;
  /** Peak resident memory of this process, in bytes. */
  readonly peakRss: number;
}

/** Current memory of the engine's tensors. */
export function memory(): Memory {
  const { numTensors, numBytes } = tf.memory();
  const native = nativeBackend();
  return {
    tensors: numTensors,
    bytes: native?.bytes ?? numBytes,
    peakBytes: native?.peakBytes ?? numBytes,
    peakRss: process.resourceUsage().maxRSS * 1024,
  };
}

/** Resets {@link Memory.peakBytes} to the current bytes. */
export function resetPeakMemory(): void {
  nativeBackend()?.resetPeakBytes();
}

/**
 * The values of the tensor that `f` computes; its other tensors are freed. Faster than returning values from `tf.tidy`,
 * which searches arrays for tensors, number by number.
 */
export function readValues<Values extends Float32Array | Int32Array = Float32Array>(
  f: () => tf.Tensor,
): Values {
  // A clone is free, and can be disposed of even if the result of `f` belongs to somebody else.
  const result = tf.tidy(() => tf.clone(f()));
  const values = result.dataSync() as Values;
  result.dispose();
  return values;
}

/**
 * Runs `step` and checks that, apart from what it returns, the number of tensors is unchanged: finds a tensor that a
 * training step leaks before it fills the memory.
 *
 * @throws PodiumError `engine-leak` with the number of tensors and bytes, `engine-leak-check` if `step` returns a
 * promise
 */
export function withoutLeaks<T>(step: () => T): T {
  const before = memory();
  const result = step();
  if (result instanceof Promise) {
    throw new PodiumError({
      code: 'engine-leak-check',
      message: 'withoutLeaks supports synchronous functions only, because other work would run in between',
      expected: 'a function that does not return a promise',
      got: 'a promise',
    });
  }
  const kept = tf.tensor_util.getTensorsInContainer(result as tf.TensorContainer).length;
  const after = memory();
  const left = after.tensors - before.tensors - kept;
  if (left === 0) return result;
  throw new PodiumError({
    code: 'engine-leak',
    message: left > 0 ? 'a step leaked tensors' : 'a step disposed of tensors that it did not create',
    expected: `${before.tensors} tensors, plus ${kept} returned ones`,
    got: `${after.tensors} tensors (${after.bytes - before.bytes} bytes more than before)`,
    fix:
      left > 0
        ? 'wrap the step in tf.tidy, and dispose of what it keeps'
        : 'clone a tensor before disposing of it',
  });
}
