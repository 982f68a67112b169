import { padImage, type Windows } from '@podium/engine';
import { Module } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type WindowPlan, windowPlan } from './window-plan.ts';

export interface WindowBlockOptions {
  readonly window: readonly [number, number];
  readonly shift: readonly [number, number];
  /** torchvision's rule for maps that windows do not divide. Default false: timm's. */
  readonly anySize?: boolean;
}

/** A block whose attention is within windows, `[B,H,W,C] -> [B,H,W,C]`. */
export abstract class WindowBlock extends Module {
  readonly window: readonly [number, number];
  readonly shift: readonly [number, number];
  readonly anySize: boolean;
  /** By size of the map: the last few. */
  readonly plans: Map<string, WindowPlan> = new Map();

  constructor({ window, shift, anySize = false }: WindowBlockOptions) {
    super();
    this.window = window;
    this.shift = shift;
    this.anySize = anySize;
  }

  /** Attention of tokens `[B,P,C]` within the windows of the plan. */
  protected abstract mix(tokens: tf.Tensor3D, plan: WindowPlan, windows: Windows): tf.Tensor3D;

  /** Shifts only change which tokens share a window; queries, keys and values are computed in place. */
  protected attend(x: tf.Tensor4D): tf.Tensor4D {
    const [batch, height, width, channels] = x.shape;
    const plan = this.planFor(height, width);
    const [rows, columns] = plan.padded;
    const padded = padImage(x, [
      [0, rows - height],
      [0, columns - width],
    ]);
    const tokens = tf.reshape(padded, [batch, rows * columns, channels]) as tf.Tensor3D;
    const windows: Windows = { size: plan.tokens, order: plan.order };
    const mixed = tf.reshape(this.mix(tokens, plan, windows), padded.shape) as tf.Tensor4D;
    return padded === x ? mixed : tf.slice(mixed, [0, 0, 0, 0], [batch, height, width, channels]);
  }

  protected planFor(height: number, width: number): WindowPlan {
    const key = `${height}x${width}`;
    let plan = this.plans.get(key);
    if (plan === undefined) {
      const order = this.anySize ? 'padFirst' : 'rollFirst';
      plan = windowPlan([height, width], this.window, this.shift, order);
      if (this.plans.size >= 8) this.plans.clear();
      this.plans.set(key, plan);
    }
    return plan;
  }
}

/** Bias `[heads,N,N]` for the windows of an image: with the mask of shifted windows, `[windows,heads,N,N]`. */
export function maskedBias(bias: tf.Tensor, { mask, count, tokens }: WindowPlan): tf.Tensor {
  return mask === undefined ? bias : tf.add(bias, tf.tensor4d(mask, [count, 1, tokens, tokens]));
}
