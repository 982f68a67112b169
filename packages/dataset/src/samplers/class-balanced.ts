import type { ManifestRow } from '../manifest/types.ts';
import { countSetting, cycle, type Sampler, settingError } from './sampler.ts';

/**
 * Shows classes as often as each other, whatever their sizes: a large class in part, a small one several times, each row
 * before any row of its class comes again. Rows without a label of the head are left out.
 * @param head a single-label head.
 * @param power 1 (default) for equal shares, 0 for shares as they are, 0.5 for square roots (Mahajan et al. 2018).
 * @param samples rows an epoch; default as many as have a label.
 * @throws PodiumError `sampler-setting`.
 */
export function classBalanced(options: { head: string; power?: number; samples?: number }): Sampler {
  const { head, power = 1, samples } = options;
  if (!(power >= 0 && power <= 1)) throw settingError('power', 'a number from 0 to 1', power);
  return {
    name: 'class-balanced',
    settings: { head, power, samples },
    order: ({ rows, rng }) => {
      const members = rowsByClass(rows, head);
      const sizes = members.map(([, indices]) => indices.length);
      const total = sizes.reduce((sum, size) => sum + size, 0);
      const quotas = apportion(
        sizes.map((size) => size ** (1 - power)),
        countSetting('samples', samples, total),
      );
      const all = members.flatMap(([name, indices], i) => [
        ...cycle(indices, quotas[i]!, rng.split('class', name)),
      ]);
      return Uint32Array.from(rng.split('mix').shuffle(all));
    },
  };
}

/** Indices of each class's rows, classes by code units. */
function rowsByClass(rows: readonly ManifestRow[], head: string): [name: string, indices: Uint32Array][] {
  const members = new Map<string, number[]>();
  for (const [index, { labels }] of rows.entries()) {
    const label = labels[head];
    if (label === undefined) continue;
    if (typeof label !== 'string') {
      throw settingError(
        'head',
        'a single-label head',
        head,
        'use the weighted sampler for several labels a row',
      );
    }
    const list = members.get(label);
    if (list === undefined) members.set(label, [index]);
    else list.push(index);
  }
  if (members.size === 0) throw settingError('head', 'a head that some row has a label of', head);
  return [...members]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, indices]) => [name, Uint32Array.from(indices)]);
}

/** Whole numbers in proportion to the shares that add up to `total`: the largest remainders are rounded up. */
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
