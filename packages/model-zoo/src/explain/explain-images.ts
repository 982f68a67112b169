import type * as tf from '@tensorflow/tfjs-core';
import type { ExplanationMethod } from '../family.ts';
import type { ImageModel } from '../image-model.ts';
import { attentionRollout } from './attention-rollout.ts';
import { type GradCamOptions, gradCam } from './grad-cam.ts';
import type { ImageMaps } from './image-maps.ts';

/**
 * Where a network looked, by the method that suits its family.
 *
 * @param images `[B,H,W,C]`, normalized as the model expects them
 * @param explanation of the model's registry entry: `models.get(name).explanation`
 * @param options `classes`: which class to explain per image, for methods that tell classes apart; default: the predicted one
 * @returns maps `[B,h,w]`
 * @throws PodiumError as {@link gradCam} and {@link attentionRollout} do
 */
export function explainImages(
  model: ImageModel,
  images: tf.Tensor4D,
  { method, layer }: ExplanationMethod,
  { classes }: Pick<GradCamOptions, 'classes'> = {},
): ImageMaps {
  return method === 'attention-rollout'
    ? attentionRollout(model, images)
    : gradCam(model, images, { classes, layer });
}
