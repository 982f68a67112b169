import { Rng } from '@podium/core';
import type { ImageModel, ModelOptions } from './image-model.ts';
import { modelOptions } from './model-options.ts';
import { models } from './models.ts';

export interface BuildOptions extends Partial<ModelOptions> {
  /** Seed of the initial weights. Each parameter draws from a separate stream. Default 0. */
  readonly seed?: string | number;
}

/**
 * A model with initial weights, in training mode: `[B,H,W,C] -> [B,K]`. The same seed gives the same weights.
 * @throws PodiumError for an unknown model, with the nearest name; `zoo-option` for a value out of range
 *
 * @example
 * const model = buildModel('resnet18', { numClasses: 10, seed: 7 });
 */
export function buildModel(name: string, { seed = 0, ...options }: BuildOptions = {}): ImageModel {
  const { family, settings } = models.get(name);
  const model = family.build(settings, modelOptions(options, family));
  const root = Rng.fromSeed(seed);
  const weights = root.split('weights');
  for (const [index, [path, parameter]] of model.namedParameters().entries()) {
    parameter.initialize(family.initialStream?.(root, path, index) ?? weights.split(path));
  }
  return model;
}
