import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { ones, zeros } from '../init.ts';
import { Module } from '../module.ts';
import { Parameter } from '../parameter.ts';
import { assertShape } from './assert-shape.ts';

/** Normalizes over positions and the channels of a group, in float32, `[B,H,W,C] -> [B,H,W,C]` (`torch.nn.GroupNorm`). */
export class GroupNorm extends Module {
  readonly isNorm = true;
  readonly groups: number;
  readonly channels: number;
  readonly epsilon: number;
  weight: Parameter;
  bias: Parameter;

  constructor(groups: number, channels: number, options: { readonly epsilon?: number } = {}) {
    super();
    if (channels % groups !== 0) {
      throw new PodiumError({
        code: 'nn-groups',
        message: `group norm over ${channels} channels`,
        expected: 'a number of groups that divides the channels',
        got: String(groups),
      });
    }
    this.groups = groups;
    this.channels = channels;
    this.epsilon = options.epsilon ?? 1e-5;
    this.weight = new Parameter([channels], ones);
    this.bias = new Parameter([channels], zeros);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    assertShape('GroupNorm', x, x.rank === 4 && x.shape[3] === this.channels, `[B,H,W,${this.channels}]`);
    const [batch, height, width, channels] = x.shape;
    // [B,HW,G,C/G]: statistics are over the second and the last axis.
    const grouped = tf.reshape(x, [batch, height * width, this.groups, channels / this.groups]);
    const mean = tf.mean(grouped, [1, 3], true);
    const centered = tf.sub(grouped, mean);
    const variance = tf.mean(tf.square(centered), [1, 3], true);
    const normal = tf.reshape(tf.mul(centered, tf.rsqrt(tf.add(variance, this.epsilon))), x.shape);
    return tf.add(tf.mul(normal, this.weight.data), this.bias.data);
  }

  override extraRepr(): string {
    return `${this.groups}, ${this.channels}${this.epsilon === 1e-5 ? '' : `, epsilon=${this.epsilon}`}`;
  }
}
