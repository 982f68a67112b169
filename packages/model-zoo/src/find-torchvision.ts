import { defineRegistry } from '@podium/core';
import * as families from './families/index.ts';
import { models } from './models.ts';

/**
 * Our name for a model of torchvision's, and our key for each of its keys (undefined: drop it).
 * @throws PodiumError for an unknown model, with the nearest name
 */
export function findTorchvision(name: string): {
  readonly name: string;
  readonly keyOf: (theirs: string) => string | undefined;
} {
  const { ours } = torchvisionModels.get(name);
  const { family, settings } = models.get(ours);
  const { fromTorchvision } = family;
  return {
    name: ours,
    keyOf: fromTorchvision === undefined ? (key) => key : (key) => fromTorchvision(key, settings),
  };
}

const torchvisionModels = defineRegistry(
  Object.values(families).flatMap((family) =>
    Object.entries(family.torchvision ?? {}).map(([name, ours]) => ({ name, ours })),
  ),
  { kind: 'torchvision model' },
);
