import { PodiumError } from '@podium/core';
import { Module } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import type { FeatureStage, ImageModel } from './image-model.ts';

/**
 * The feature maps of a model from fine to coarse, one per entry of `stages`: `[B,H,W,C] -> [B,h,w,c][]` (timm's
 * `features_only`).
 *
 * @example
 * const maps = new FeatureExtractor(model, [-2, -1]).call(images);
 */
export class FeatureExtractor extends Module<[x: tf.Tensor4D], tf.Tensor[]> {
  model: ImageModel;
  readonly stages: readonly FeatureStage[];

  /**
   * @param indices of the model's `featureInfo`, negative ones from the end; default: all
   * @throws PodiumError `zoo-option` for an index that the model does not have
   */
  constructor(model: ImageModel, indices?: readonly number[]) {
    super();
    this.model = model;
    const count = model.featureInfo.length;
    for (const index of indices ?? []) {
      if (Number.isInteger(index) && index >= -count && index < count) continue;
      throw new PodiumError({
        code: 'zoo-option',
        path: { key: 'indices' },
        message: `${model.constructor.name} has ${count} feature maps`,
        expected: `whole numbers from ${-count} to ${count - 1}`,
        got: String(index),
      });
    }
    this.stages =
      indices === undefined
        ? model.featureInfo
        : model.featureInfo.filter((_, i, all) =>
            indices.some((index) => (index + all.length) % all.length === i),
          );
  }

  forward(x: tf.Tensor4D): tf.Tensor[] {
    const maps = new Map<string, tf.Tensor>();
    const removals = this.stages.map(({ module }) =>
      this.model.getSubmodule(module).registerForwardHook((_module, _inputs, output) => {
        maps.set(module, this.model.featureMap(output as tf.Tensor));
        return undefined;
      }),
    );
    try {
      this.model.forwardFeatures(x);
    } finally {
      for (const remove of removals) remove();
    }
    return this.stages.map(({ module }) => maps.get(module)!);
  }
}
