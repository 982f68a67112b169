import { Module } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import type { FeatureStage, ImageModel } from './image-model.ts';

/**
 * A model cut off before its head: `[B,H,W,C] ->` its feature maps from fine to coarse, one for each of `stages`
 * (timm's `features_only`).
 */
export class FeatureExtractor extends Module<[x: tf.Tensor4D], tf.Tensor[]> {
  model: ImageModel;
  readonly stages: readonly FeatureStage[];

  /** @param indices which of the model's `featureInfo`; default: all */
  constructor(model: ImageModel, indices?: readonly number[]) {
    super();
    this.model = model;
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
