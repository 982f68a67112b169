import { z } from 'zod';
import { labelOf } from '../manifest/row-labels.ts';
import type { ManifestRow } from '../manifest/types.ts';
import { cycle, defineSampler, type SamplerFactory, samplerError, samples } from './sampler.ts';

export interface ClassBalancedOptions {
  /** A single-label head. */
  readonly head: string;
  /** 1 for equal shares, 0 for the shares in the data, 0.5 for square roots (Mahajan et al. 2018). Default 1. */
  readonly power?: number;
  /** Rows per epoch. Default: the number of rows with a label. */
  readonly samples?: number;
}

/**
 * Shows all classes equally often: large classes in part, small ones repeatedly, but every row of a class before any
 * repeats. Rows without a label for the head are left out.
 * @throws PodiumError `sampler-setting`
 */
export const classBalanced: SamplerFactory<[options: ClassBalancedOptions]> = defineSampler({
  name: 'class-balanced',
  summary: 'all classes equally often',
  settings: {
    head: z.string().describe('single-label head whose classes are balanced'),
    power: z.number().min(0).max(1).default(1).describe('1 for equal shares, 0 for the shares in the data'),
    samples: samples.describe('rows per epoch; default: the number of rows with a label'),
  },
  order: ({ rows, rng }, { head, power, samples }) => {
    const members = rowsByClass(rows, head);
    const sizes = members.map(([, indices]) => indices.length);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const quotas = apportion(
      sizes.map((size) => size ** (1 - power)),
      samples ?? total,
    );
    const all = members.flatMap(([name, indices], i) => [
      ...cycle(indices, quotas[i]!, rng.split('class', name)),
    ]);
    return Uint32Array.from(rng.split('mix').shuffle(all));
  },
});

/** Indices of the rows per class, classes by code units. */
function rowsByClass(rows: readonly ManifestRow[], head: string): [name: string, indices: Uint32Array][] {
  const members = new Map<string, number[]>();
  for (const [index, row] of rows.entries()) {
    const label = labelOf(row, head);
    if (label === undefined) continue;
    if (typeof label !== 'string') {
      throw samplerError(
        'head',
        'a single-label head',
        head,
        'use the sampler "weighted" for several labels per row',
      );
    }
    const list = members.get(label);
    if (list === undefined) members.set(label, [index]);
    else list.push(index);
  }
  if (members.size === 0) throw samplerError('head', 'a head for which some row has a label', head);
  return [...members]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, indices]) => [name, Uint32Array.from(indices)]);
}

/** Whole numbers proportional to the shares that sum to `total`; the largest remainders are rounded up. */
function apportion(shares: readonly number[], total: number): number[] {
  const sum = shares.reduce((a, b) => a + b, 0);
  const exact = shares.map((share) => (share / sum) * total);
  const whole = exact.map(Math.floor);
  const missing = total - whole.reduce((a, b) => a + b, 0);
  const byRemainder = exact
    .map((value, i) => [i, value - Math.floor(value)] as const)
    .sort(([i, a], [j, b]) => b - a || i - j);
  for (const [i] of byRemainder.slice(0, missing)) whole[i] = whole[i]! + 1;
  return whole;
}
