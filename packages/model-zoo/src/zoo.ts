import { defineRegistry, PodiumError, type Registry, Rng } from '@podium/core';
import * as families from './families/index.ts';
import type { AnyFamily } from './family.ts';
import type { ImageModel, ModelOptions } from './image-model.ts';

/** A model that can be built: one variant of one family. */
export interface ModelEntry {
  /** timm's name, or torchvision's where timm has no such model. */
  readonly name: string;
  readonly family: AnyFamily;
  /** The variant's settings, as its family has them. */
  readonly settings: unknown;
  /** Height and width that it is made for. */
  readonly imageSize: number;
}

/** Every model of the zoo, by name. */
export const models: Registry<ModelEntry> = defineRegistry(
  Object.values(families).flatMap((family) =>
    Object.entries(family.variants).map(([name, settings]) => ({
      name,
      family,
      settings,
      imageSize: family.imageSize?.(settings) ?? 224,
    })),
  ),
  { kind: 'model' },
);

export interface BuildOptions extends Partial<ModelOptions> {
  /** Seed of the first weights. Each parameter draws from a stream named by its path. Default 0. */
  readonly seed?: string | number;
}

/** A model with fresh weights, in training mode. */
export function buildModel(name: string, { seed = 0, ...options }: BuildOptions = {}): ImageModel {
  const { family, settings } = models.get(name);
  const model = family.build(settings, checkOptions(options));
  const rng = Rng.fromSeed(seed).split('weights');
  for (const [path, parameter] of model.namedParameters()) parameter.initialize(rng.split(path));
  return model;
}

function checkOptions(options: Partial<ModelOptions>): ModelOptions {
  const { numClasses = 1000, inChannels = 3, dropRate = 0, dropPathRate = 0 } = options;
  needWhole('numClasses', numClasses, 0);
  needWhole('inChannels', inChannels, 1);
  needRate('dropRate', dropRate);
  needRate('dropPathRate', dropPathRate);
  for (const size of options.imageSize ?? []) needWhole('imageSize', size, 1);
  for (const [head, classes] of Object.entries(options.heads ?? {})) needWhole(`heads.${head}`, classes, 1);
  return { ...options, numClasses, inChannels, dropRate, dropPathRate };
}

function needWhole(key: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new PodiumError({
    code: 'zoo-option',
    path: { key },
    expected: `a whole number of at least ${least}`,
    got: String(value),
  });
}

function needRate(key: string, value: number): void {
  if (value >= 0 && value < 1) return;
  throw new PodiumError({
    code: 'zoo-option',
    path: { key },
    expected: 'a rate of at least 0 and below 1',
    got: String(value),
  });
}

/**
 * The model that torchvision calls `name`, and our key for each of torchvision's.
 * @throws PodiumError where there is none, with the nearest name
 */
export function findTorchvision(name: string): {
  name: string;
  keyOf: (theirs: string) => string | undefined;
} {
  const entry = torchvisionModels.get(name);
  const { family, settings } = models.get(entry.ours);
  const { fromTorchvision } = family;
  return {
    name: entry.ours,
    keyOf: fromTorchvision === undefined ? (key) => key : (key) => fromTorchvision(key, settings),
  };
}

const torchvisionModels = defineRegistry(
  Object.values(families).flatMap((family) =>
    Object.entries(family.torchvision ?? {}).map(([name, ours]) => ({ name, ours })),
  ),
  { kind: 'torchvision model' },
);
