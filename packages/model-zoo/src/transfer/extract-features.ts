import { normalizeBytes, PodiumError } from '@podium/core';
import { readValues } from '@podium/engine';
import { refreshBatchNorm } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { ImageModel } from '../image-model.ts';
import type { InputConfig } from '../input-config.ts';
import type { FeatureMatrix } from './feature-matrix.ts';

/** Decoded images `[B,H,W,C]` as bytes, with their ids. */
export interface ImageBatch {
  readonly ids: readonly string[];
  readonly images: Uint8Array;
  readonly shape: readonly [batch: number, height: number, width: number, channels: number];
}

/** Converts bytes `[B,H,W,C]` to the tensor that a model expects: `(value / 255 - mean) / std`. */
export function toInput(
  { images, shape }: Omit<ImageBatch, 'ids'>,
  { mean, std }: Pick<InputConfig, 'mean' | 'std'>,
): tf.Tensor4D {
  const channels = shape[3];
  if (mean.length !== channels || std.length !== channels) {
    throw new PodiumError({
      code: 'zoo-channels',
      message: 'images and the statistics to normalize them by',
      expected: `${mean.length} channels`,
      got: String(channels),
    });
  }
  const values = normalizeBytes(images, channels, { mean, std });
  return tf.tensor4d(values, [...shape]);
}

/**
 * Features before the classifier of a frozen model, for all images of `batches`. Runs in evaluation mode, and restores the
 * model's mode.
 *
 * @throws PodiumError `zoo-no-input` if the model does not know how images are normalized
 */
export async function extractFeatures(
  model: ImageModel,
  batches: AsyncIterable<ImageBatch> | Iterable<ImageBatch>,
): Promise<FeatureMatrix> {
  const modes = model.modules().map((module) => [module, module.training] as const);
  model.eval();
  const ids: string[] = [];
  const parts: Float32Array[] = [];
  try {
    for await (const batch of batches) {
      ids.push(...batch.ids);
      parts.push(
        readValues(() => {
          const features = model.forwardFeatures(toInput(batch, inputOf(model)));
          return model.forwardHead(features, { preLogits: true });
        }),
      );
    }
  } finally {
    for (const [module, training] of modes) module.training = training;
  }
  const values = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return { ids, values, width: ids.length === 0 ? model.numFeatures : values.length / ids.length };
}

/**
 * {@link extractFeatures} of a network with initial weights. Its batch norms have no statistics yet, so they are computed first,
 * over all batches. (Statistics per batch would remove what the images of a batch have in common, such as their class if the
 * data is sorted.)
 *
 * @param batches restarts at each call
 */
export async function extractUntrainedFeatures(
  model: ImageModel,
  batches: () => AsyncIterable<ImageBatch> | Iterable<ImageBatch>,
): Promise<FeatureMatrix> {
  await refreshBatchNorm(
    model,
    batches(),
    (batch) => void model.forwardFeatures(toInput(batch, inputOf(model))),
  );
  return await extractFeatures(model, batches());
}

function inputOf({ input }: ImageModel): InputConfig {
  if (input !== undefined) return input;
  throw new PodiumError({
    code: 'zoo-no-input',
    message: 'this model does not state how its images are normalized',
    fix: 'create it with createModel, or set model.input',
  });
}
