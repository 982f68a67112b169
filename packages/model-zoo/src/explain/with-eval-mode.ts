import { PodiumError } from '@podium/core';
import { withPrecision } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { ImageModel } from '../image-model.ts';

/**
 * Runs `f` with the model in evaluation mode, without gradients of parameters and in float32, so that a map does not depend on
 * the machine. Restores the model afterwards and disposes the tensors that `f` created.
 */
export function withEvalMode<T>(model: ImageModel, f: () => T): T {
  const modes = model.modules().map((module) => [module, module.training] as const);
  const requirements = model.parameters().map((parameter) => [parameter, parameter.requiresGrad] as const);
  // Not tf.tidy, which would search every number of the result for tensors.
  tf.engine().startScope('explain');
  try {
    model.eval();
    for (const [parameter] of requirements) parameter.requiresGrad = false;
    return withPrecision('float32', f);
  } finally {
    tf.engine().endScope();
    for (const [module, training] of modes) module.training = training;
    for (const [parameter, requiresGrad] of requirements) parameter.requiresGrad = requiresGrad;
  }
}

/** @throws PodiumError `zoo-explain` unless these are images `[B,H,W,C]` */
export function checkImages(images: tf.Tensor4D): void {
  if (images instanceof tf.Tensor && images.rank === 4 && images.size > 0) return;
  throw new PodiumError({
    code: 'zoo-explain',
    message: 'images to explain',
    expected: 'a tensor [B,H,W,C]',
    got: images instanceof tf.Tensor ? `a tensor [${images.shape}]` : typeof images,
  });
}
