import { PodiumError } from '@podium/core';
import { withPrecision } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { ImageModel } from '../image-model.ts';

/**
 * Runs `f` on a model that is in evaluation mode, has no parameter to compute gradients for, and computes in float32, so
 * that a map does not depend on the machine. Afterwards the model is as it was, and the tensors that `f` made are gone.
 */
export function withEvalMode<T>(model: ImageModel, f: () => T): T {
  const modes = model.modules().map((module) => [module, module.training] as const);
  const wanted = model.parameters().map((parameter) => [parameter, parameter.requiresGrad] as const);
  // A scope, not a tidy, which would search the result for tensors, number by number.
  tf.engine().startScope('explain');
  try {
    model.eval();
    for (const [parameter] of wanted) parameter.requiresGrad = false;
    return withPrecision('float32', f);
  } finally {
    tf.engine().endScope();
    for (const [module, training] of modes) module.training = training;
    for (const [parameter, requiresGrad] of wanted) parameter.requiresGrad = requiresGrad;
  }
}

/** @throws PodiumError `zoo-explain` unless these are images `[B,H,W,C]` */
export function checkImages(images: tf.Tensor4D): void {
  if (images instanceof tf.Tensor && images.rank === 4 && images.size > 0) return;
  throw new PodiumError({
    code: 'zoo-explain',
    message: 'images to explain the answers to',
    expected: 'a tensor [B,H,W,C]',
    got: images instanceof tf.Tensor ? `a tensor [${images.shape}]` : typeof images,
  });
}
