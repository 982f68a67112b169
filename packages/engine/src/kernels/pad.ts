import * as tf from '@tensorflow/tfjs-core';
import { TfType, typeAttr } from '../native/attributes.ts';
import { nativeBackend } from '../state.ts';
import { differentiable } from './differentiable.ts';

/** Pixels on each side of an image. */
export type Margins = readonly [rows: readonly [number, number], columns: readonly [number, number]];

/** Pads `[B,H,W,C]` with `value`; returns `x` itself if the margins are 0. */
export function padImage(x: tf.Tensor4D, margins: Margins, value = 0): tf.Tensor4D {
  const [rows, columns] = margins;
  if ([...rows, ...columns].every((margin) => margin === 0)) return x;
  const paddings: [number, number][] = [[0, 0], [...rows], [...columns], [0, 0]];
  const backend = nativeBackend();
  if (backend === undefined || !backend.isBfloat16(x)) return tf.pad(x, paddings, value);
  return differentiable(
    { x },
    () => {
      const constant = backend.toType(tf.scalar(value), TfType.bfloat16);
      const attributes = [typeAttr('T', TfType.bfloat16), typeAttr('Tpaddings', TfType.int32)];
      return backend.runOne('PadV2', attributes, [x, tf.tensor2d(paddings, [4, 2], 'int32'), constant]);
    },
    (dy) => ({ x: () => cropImage(dy as tf.Tensor4D, margins) }),
  ) as tf.Tensor4D;
}

/** Removes margins: the inverse of {@link padImage}. */
export function cropImage(x: tf.Tensor4D, [[top, bottom], [left, right]]: Margins): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  return tf.slice(x, [0, top, left, 0], [batch, height - top - bottom, width - left - right, channels]);
}
