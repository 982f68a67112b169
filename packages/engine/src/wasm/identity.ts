import * as tf from '@tensorflow/tfjs-core';
import { wasmKernel } from './heap.ts';

/**
 * A second handle on the same values. The backend's own kernel copies them, and the gradient tape clones every
 * activation that it keeps; no kernel writes into its inputs, so sharing is safe here as on the other backends.
 */
export const identity: tf.KernelConfig = wasmKernel<{ readonly x: tf.TensorInfo }, object>(
  tf.Identity,
  (backend, { x }) => {
    backend.incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  },
);
