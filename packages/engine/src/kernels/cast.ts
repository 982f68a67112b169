import type * as tf from '@tensorflow/tfjs-core';
import { TfType } from '../native/attributes.ts';
import { nativeBackend } from '../state.ts';
import { differentiable } from './differentiable.ts';

/**
 * `x` in float32 or bfloat16, whatever the engine's precision; its gradient comes back in the type that `x` had. The same
 * tensor where there is nothing to do, as always on backends other than TensorFlow's.
 */
export function castTo<T extends tf.Tensor>(x: T, precision: 'float32' | 'bfloat16'): T {
  const backend = nativeBackend();
  const to = precision === 'bfloat16' ? TfType.bfloat16 : TfType.float;
  if (backend === undefined || backend.typeOf(x) === to) return x;
  const from = backend.typeOf(x);
  return differentiable(
    { x },
    () => backend.toType(x, to),
    (dy) => ({ x: () => backend.toType(dy, from) }),
  ) as T;
}
