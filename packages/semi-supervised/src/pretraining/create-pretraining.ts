import { PodiumError } from '@podium/core';
import { castTo, globalAveragePool2d } from '@podium/engine';
import { type AnyModule, Module } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import type { Backbone, PretrainingObjective } from './definition.ts';
import { pretrainingTasks } from './registry.ts';

/** A task with the network that learns it. */
export interface Pretraining {
  readonly name: string;
  readonly views: 1 | 2;
  /** Backbone and head as one module: what is trained. */
  readonly model: AnyModule;
  readonly backbone: AnyModule;
  readonly objective: PretrainingObjective;
}

/**
 * Puts the head of a task on a backbone. Draws the head's weights from nn's default random stream: see `manualSeed`.
 *
 * @throws PodiumError for an unknown name or setting, or a value out of range
 *
 * @example
 * const task = createPretraining({ name: 'simclr', temperature: 0.5 }, { model: backbone, features: 512 });
 */
export function createPretraining(
  options: { readonly name: string } & Readonly<Record<string, unknown>>,
  { model: backbone, features }: Backbone,
): Pretraining {
  const { name, ...settings } = options;
  const task = pretrainingTasks.get(name);
  const objective = task.create(settings, features);
  const model = new WithHead(backbone, objective.head, features) as unknown as AnyModule;
  return { name, views: task.views, model, backbone, objective };
}

class WithHead extends Module<[x: tf.Tensor4D], tf.Tensor> {
  readonly features: number;
  backbone: AnyModule;
  head: PretrainingObjective['head'];

  constructor(backbone: AnyModule, head: PretrainingObjective['head'], features: number) {
    super();
    this.backbone = backbone;
    this.head = head;
    this.features = features;
  }

  forward(x: tf.Tensor4D): tf.Tensor {
    const y = (this.backbone.call as (x: tf.Tensor) => tf.Tensor).call(this.backbone, x);
    const pooled = y.rank === 4 ? globalAveragePool2d(y as tf.Tensor4D) : y;
    if (pooled.rank !== 2 || pooled.shape[1] !== this.features) {
      throw new PodiumError({
        code: 'online-output',
        message: 'output of the backbone',
        expected: `[B,${this.features}] or [B,h,w,${this.features}]`,
        got: `[${y.shape}]`,
        fix: 'leave the classifier out (numClasses: 0), and pass the right number of features',
      });
    }
    return this.head.call(castTo(pooled, 'float32'));
  }
}
