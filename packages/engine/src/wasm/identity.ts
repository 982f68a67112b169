import * as tf from '@tensorflow/tfjs-core';
import { wasmKernel } from './heap.ts';

/**
 * A second handle to the same values. The backend's own kernel copies them, although the gradient tape clones every
 * activation that it keeps. No kernel writes to its inputs, so sharing is safe, as on other backends.
 */
export const identity: tf.KernelConfig = wasmKernel<{ readonly x: tf.TensorInfo }, object>(
  tf.Identity,
  (backend, { x }) => {
    backend.incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  },
);
