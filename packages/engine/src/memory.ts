import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { nativeBackend } from './state.ts';

export interface Memory {
  /** Tensors alive. */
  readonly tensors: number;
  /** What they hold; a bfloat16 tensor counts two bytes a value, unlike in `tf.memory()`. */
  readonly bytes: number;
  /** The most that they held at once since {@link resetPeakMemory}; on TensorFlow only, else equal to `bytes`. */
  readonly peakBytes: number;
  /** The most memory that this process has had resident, in bytes. */
  readonly peakRss: number;
}

/** What the engine's tensors take up now. */
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

/** Starts counting {@link Memory.peakBytes} anew. */
export function resetPeakMemory(): void {
  nativeBackend()?.resetPeakBytes();
}

/**
 * The values of what `f` computes; its tensors are freed. Returning an array from `tf.tidy` itself would have it searched
 * for tensors, number by number.
 */
export function readValues<Values extends Float32Array | Int32Array = Float32Array>(
  f: () => tf.Tensor,
): Values {
  // A clone costs nothing, and may be disposed of where what `f` gives belongs to somebody else.
  const result = tf.tidy(() => tf.clone(f()));
  const values = result.dataSync() as Values;
  result.dispose();
  return values;
}

/**
 * Runs `step` and makes sure that it leaves as many tensors as it found, less and more only what it returns. Around a
 * training step it finds the tensor that is forgotten in every step, before it fills the memory.
 *
 * @throws PodiumError that says how many tensors and bytes were left, or were freed though the step did not own them
 */
export function withoutLeaks<T>(step: () => T): T {
  const before = memory();
  const result = step();
  if (result instanceof Promise) {
    throw new PodiumError({
      code: 'engine-leak-check',
      message: 'withoutLeaks watches synchronous steps only: other work would run in between',
      expected: 'a function that returns no promise',
      got: 'a promise',
    });
  }
  const kept = tf.tensor_util.getTensorsInContainer(result as tf.TensorContainer).length;
  const after = memory();
  const left = after.tensors - before.tensors - kept;
  if (left === 0) return result;
  throw new PodiumError({
    code: 'engine-leak',
    message: left > 0 ? 'a step left tensors behind' : 'a step freed tensors that were there before it',
    expected: `${before.tensors} tensors after it, and ${kept} returned`,
    got: `${after.tensors} (${after.bytes - before.bytes} bytes more than before)`,
    fix:
      left > 0
        ? 'wrap the step in tf.tidy, and dispose of what it keeps'
        : 'clone a tensor before disposing of it',
  });
}
