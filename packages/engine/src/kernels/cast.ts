import type * as tf from '@tensorflow/tfjs-core';
import { TfType } from '../native/attributes.ts';
import { nativeBackend } from '../state.ts';
import { differentiable } from './differentiable.ts';

/**
 * Casts to float32 or bfloat16, regardless of the engine's precision; the gradient has the type of `x`. Returns `x`
 * itself if it has that type already; backends other than TensorFlow's have only float32.
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
