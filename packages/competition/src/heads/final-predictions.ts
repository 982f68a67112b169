import { PodiumError, type Predictions } from '@podium/core';
import type { Head } from '@podium/dataset';
import { combineHeadPredictions, groupAverage } from '@podium/ensemble';
import { z } from 'zod';
import type { HeadPredictions } from '../artifacts/head-predictions.ts';

export const headsSettings = {
  /** A head that is the product of others, the last of which changes fastest. */
  combine: z.strictObject({ into: z.string(), from: z.array(z.string()).min(2) }).optional(),
  /** Heads whose label all images of a group share. */
  sameInGroup: z.array(z.string()).default([]),
};

interface HeadsSettings {
  readonly combine?: { readonly into: string; readonly from: readonly string[] } | undefined;
  readonly sameInGroup: readonly string[];
}

/**
 * What is asked for, from what a model says: heads that a group shares are averaged over its images, and heads that make
 * up another one are multiplied. Where heads are combined, the combined one alone is left.
 * @throws PodiumError `head-unknown`, `head-combine`
 */
export function headAnswers(
  predictions: HeadPredictions,
  heads: readonly Head[],
  { combine, sameInGroup }: HeadsSettings,
): HeadPredictions {
  if (predictions.size === 0) return predictions;
  const consistent = new Map(
    [...predictions].map(([name, own]): [string, Predictions] => [
      name,
      // Test images of unknown groups stay as they are.
      sameInGroup.includes(name) && own.groups !== undefined ? groupAverage(own) : own,
    ]),
  );
  if (combine === undefined) return consistent;
  const parts = combine.from.map((name) => consistent.get(name) ?? unknown(name, [...consistent.keys()]));
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
      fix: 'name the heads that make it up, in the order in which the last changes fastest; every class has to occur in training',
    });
  }
  return new Map([[combine.into, combineHeadPredictions(parts, { classes: target.classes })]]);
}

function unknown(name: string, there: readonly string[]): never {
  throw new PodiumError({
    code: 'head-unknown',
    path: { key: 'heads' },
    expected: there,
    got: JSON.stringify(name),
  });
}
