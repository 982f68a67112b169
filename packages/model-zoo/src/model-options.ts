import { PodiumError } from '@podium/core';
import type { AnyFamily } from './family.ts';
import { headEntries, type ModelOptions } from './image-model.ts';

/**
 * Options with their defaults.
 * @throws PodiumError `zoo-option` for a value out of range, or one that the network has no use for
 */
export function modelOptions(options: Partial<ModelOptions>, family: AnyFamily): ModelOptions {
  const { numClasses = 1000, inChannels = 3, dropRate = family.dropRate ?? 0, dropPathRate = 0 } = options;
  assertWhole('numClasses', numClasses, 0);
  assertWhole('inChannels', inChannels, 1);
  assertRate('dropRate', dropRate);
  assertRate('dropPathRate', dropPathRate);
  for (const size of options.imageSize ?? []) assertWhole('imageSize', size, 1);
  for (const [head, classes] of headEntries(options.heads ?? {})) assertWhole(`heads.${head}`, classes, 1);
  if (dropPathRate > 0 && family.dropPath === false) {
    throw new PodiumError({
      code: 'zoo-option',
      path: { key: 'dropPathRate' },
      message: `networks of the family ${family.name} have no blocks that could be skipped`,
      expected: '0',
      got: String(dropPathRate),
      fix: 'leave dropPathRate out for this model',
    });
  }
  return { ...options, numClasses, inChannels, dropRate, dropPathRate };
}

function assertWhole(key: string, value: number, minimum: number): void {
  if (Number.isInteger(value) && value >= minimum) return;
  throw new PodiumError({
    code: 'zoo-option',
    path: { key },
    expected: `a whole number of at least ${minimum}`,
    got: String(value),
  });
}

function assertRate(key: string, value: number): void {
  if (value >= 0 && value < 1) return;
  throw new PodiumError({
    code: 'zoo-option',
    path: { key },
    expected: 'a rate of at least 0 and below 1',
    got: String(value),
  });
}
