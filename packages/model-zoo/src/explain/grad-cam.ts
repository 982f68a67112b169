import { PodiumError } from '@podium/core';
import { valueAndGradients, valueAndWatched, watch } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { ImageModel } from '../image-model.ts';
import { type ImageMaps, readMaps } from './image-maps.ts';
import { checkImages, withEvalMode } from './with-eval-mode.ts';

export interface GradCamOptions {
  /** Class to explain, one per image or one for all. Default: the predicted class. */
  readonly classes?: number | ArrayLike<number>;
  /**
   * Path of the module whose output is explained: `layer3`, or a `module` of the model's `featureInfo`. Default: the last
   * feature map. Earlier ones are finer and less specific to the class.
   */
  readonly layer?: string;
}

export interface GradCamMaps extends ImageMaps {
  /** `[B]`: the class that each map explains. */
  readonly classes: Int32Array;
}

/** A feature map and the gradient of the chosen logits with respect to it, `[B,h,w,C]` or in the shape of the layer. */
interface Explained {
  readonly features: tf.Tensor;
  readonly gradient: tf.Tensor;
}

/**
 * Where a convolutional network sees a class: the sum of the channels of a feature map, weighted by the mean gradient of the
 * class's logit, with negative values set to 0 (Grad-CAM: Selvaraju et al. 2017, arXiv 1610.02391).
 *
 * Runs in evaluation mode and in float32, and leaves the model as it was. With the default layer only the classifier is
 * differentiated, so it costs little more than a prediction.
 *
 * @param images `[B,H,W,C]`, normalized as the model expects them
 * @throws PodiumError `zoo-explain` for classes that the model does not have, for a layer without a feature map, and for a
 * model whose last features are tokens (see `attentionRollout`); `nn-no-such-module` for an unknown layer
 */
export function gradCam(model: ImageModel, images: tf.Tensor4D, options: GradCamOptions = {}): GradCamMaps {
  checkImages(images);
  const { layer } = options;
  return withEvalMode(model, () => {
    let classes: Int32Array = new Int32Array(0);
    const choose = (logits: tf.Tensor) => {
      classes = chooseClasses(logits, options.classes);
      const [, count = 0] = logits.shape;
      // A model may predict a single number, which TensorFlow.js's oneHot does not accept.
      if (count === 1) return tf.sum(logits);
      return tf.sum(tf.mul(logits, tf.oneHot(tf.tensor1d(classes, 'int32'), count)));
    };
    const maps = readMaps(() => {
      const found =
        layer === undefined ? explainLast(model, images, choose) : explainLayer(model, images, layer, choose);
      return weigh(asMap(model, found.features, layer), asMap(model, found.gradient, layer));
    });
    return { ...maps, classes };
  });
}

type Choose = (logits: tf.Tensor) => tf.Tensor;

function explainLast(model: ImageModel, images: tf.Tensor4D, choose: Choose): Explained {
  const features = model.forwardFeatures(images);
  if (features.rank !== 4) {
    throw new PodiumError({
      code: 'zoo-explain',
      message: `the last features of ${model.constructor.name} are tokens, not a map`,
      expected: 'a convolutional network, or Swin',
      got: `features [${features.shape}]`,
      fix: 'use attentionRollout, or name a layer, such as one of featureInfo before the last',
    });
  }
  const { gradients } = valueAndGradients(() => choose(model.forwardHead(features)), [features]);
  return { features, gradient: gradients[0]! };
}

function explainLayer(model: ImageModel, images: tf.Tensor4D, layer: string, choose: Choose): Explained {
  let output: { readonly id: number; readonly features: tf.Tensor } | undefined;
  const remove = model.getSubmodule(layer).registerForwardHook((_module, _inputs, result) => {
    if (result instanceof tf.Tensor) {
      watch(result);
      output?.features.dispose();
      // The forward pass frees tensors that the backward pass does not need.
      output = { id: result.id, features: tf.keep(tf.clone(result)) };
    }
    return undefined;
  });
  try {
    const { value, gradients } = valueAndWatched(() => choose(model.call(images)));
    value.dispose();
    const found = gradients.find(({ by }) => by.id === output?.id);
    if (output === undefined || found === undefined) {
      throw new PodiumError({
        code: 'zoo-explain',
        path: { key: layer },
        message: 'the logits do not depend on the output of this module',
        fix: 'name a module whose output is a tensor that the classifier uses',
      });
    }
    // Unlike a kept tensor, a clone is freed with its scope.
    return { features: tf.clone(output.features), gradient: found.gradient };
  } finally {
    remove();
    output?.features.dispose();
  }
}

/** `[B,h,w,C]`; rearranges tokens. */
function asMap(model: ImageModel, output: tf.Tensor, layer: string | undefined): tf.Tensor4D {
  const map = output.rank === 4 ? output : output.rank === 3 ? model.featureMap(output) : undefined;
  if (map?.rank === 4) return map as tf.Tensor4D;
  throw new PodiumError({
    code: 'zoo-explain',
    ...(layer === undefined ? {} : { path: { key: layer } }),
    message: 'the output of this module is not a map',
    expected: '[B,h,w,C]',
    got: `[${output.shape}]`,
    fix: `name one of ${model.featureInfo.map(({ module }) => module).join(', ')}`,
  });
}

/** Features and gradient `[B,h,w,C]` to `[B,h,w]`. */
function weigh(features: tf.Tensor4D, gradient: tf.Tensor4D): tf.Tensor3D {
  const weights = tf.mean(gradient, [1, 2], true);
  return tf.relu(tf.sum(tf.mul(weights, features), 3)) as tf.Tensor3D;
}

function chooseClasses(logits: tf.Tensor, wanted: GradCamOptions['classes']): Int32Array {
  const [batch = 0, count = 0] = logits.shape;
  if (logits.rank !== 2 || count === 0) {
    throw new PodiumError({
      code: 'zoo-explain',
      message: 'output of the model',
      expected: 'logits [B,K]',
      got: `[${logits.shape}]`,
      fix: 'give the model a classifier (numClasses) and pooling',
    });
  }
  if (wanted === undefined) return tf.tidy(() => tf.argMax(logits, 1).dataSync() as Int32Array);
  const classes = typeof wanted === 'number' ? new Array<number>(batch).fill(wanted) : Array.from(wanted);
  const isClass = (value: number) => Number.isInteger(value) && value >= 0 && value < count;
  if (classes.length === batch && classes.every(isClass)) return Int32Array.from(classes);
  throw new PodiumError({
    code: 'zoo-explain',
    path: { key: 'classes' },
    expected: `a whole number from 0 to ${count - 1}, or one per image (${batch})`,
    got: JSON.stringify(classes.slice(0, 16)),
  });
}
