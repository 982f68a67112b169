import { PodiumError, type Predictions } from '@podium/core';
import type { Head } from '@podium/dataset';
import { combineHeadPredictions, groupAverage } from '@podium/ensemble';
import { z } from 'zod';
import type { HeadPredictions } from '../artifacts/head-predictions.ts';

export const finalSettings = {
  /** A head that is the product of others; the last one varies fastest. */
  combine: z.strictObject({ into: z.string(), from: z.array(z.string()).min(2) }).optional(),
  /** Heads whose label all images of a group share. */
  sameInGroup: z.array(z.string()).default([]),
};

interface FinalSettings {
  readonly combine?: { readonly into: string; readonly from: readonly string[] } | undefined;
  readonly sameInGroup: readonly string[];
}

/**
 * The predictions that the competition asks for, from a model's: heads that a group shares are averaged over its images, and
 * parts of a combined head are multiplied. If heads are combined, only the combined one is left.
 * @throws PodiumError `head-unknown`, `head-combine`
 */
export function finalPredictions(
  predictions: HeadPredictions,
  heads: readonly Head[],
  { combine, sameInGroup }: FinalSettings,
): HeadPredictions {
  if (predictions.size === 0) return predictions;
  const averaged = new Map(
    [...predictions].map(([name, own]): [string, Predictions] => [
      name,
      // Test images of unknown groups stay as they are.
      sameInGroup.includes(name) && own.groups !== undefined ? groupAverage(own) : own,
    ]),
  );
  if (combine === undefined) return averaged;
  const parts = combine.from.map((name) => averaged.get(name) ?? unknown(name, [...averaged.keys()]));
  const target =
    heads.find(({ name }) => name === combine.into) ??
    unknown(
      combine.into,
      heads.map(({ name }) => name),
    );
  const count = parts.reduce((product, { classes }) => product * classes.length, 1);
  if (count !== target.classes.length) {
    throw new PodiumError({
      code: 'head-combine',
      path: { key: 'heads.combine' },
      message: `classes of "${combine.into}" and of ${combine.from.join(' x ')}`,
      expected: `${target.classes.length} combinations`,
      got: parts.map(({ classes }) => classes.length).join(' x '),
      fix: 'name its parts in the order in which the last one varies fastest; every class must occur in training',
    });
  }
  return new Map([[combine.into, combineHeadPredictions(parts, { classes: target.classes })]]);
}

function unknown(name: string, known: readonly string[]): never {
  throw new PodiumError({
    code: 'head-unknown',
    path: { key: 'heads' },
    expected: known,
    got: JSON.stringify(name),
  });
}
