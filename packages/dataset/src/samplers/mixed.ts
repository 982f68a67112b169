import type { ManifestRow } from '../manifest/types.ts';
import { cycle, type Sampler, settingError } from './sampler.ts';

/**
 * Labeled and unlabeled rows in every batch, labeled first, as FixMatch and its kin need them (Sohn et al. 2020). An
 * epoch goes through the labeled rows once, and through as many of the unlabeled as its batches hold.
 * @param ratio unlabeled rows for one labeled row, FixMatch's mu; a batch gets the nearest whole numbers, at least one
 * of each.
 * @param head the head whose label counts; default any.
 * @throws PodiumError `sampler-setting` where the ratio is no number above 0, the batch cannot hold both, or rows of one
 * kind are missing.
 */
export function mixed(options: { ratio: number; head?: string }): Sampler {
  const { ratio, head } = options;
  if (!(ratio > 0 && ratio < Number.POSITIVE_INFINITY))
    throw settingError('ratio', 'a number above 0', ratio);
  return {
    name: 'mixed',
    settings: { ratio, head },
    order: ({ rows, rng, batchSize }) => {
      if (batchSize < 2)
        throw settingError('batchSize', 'an integer >= 2, for one row of each kind', batchSize);
      const [labeled, unlabeled] = divide(rows, head);
      const perBatch = Math.min(batchSize - 1, Math.max(1, Math.round(batchSize / (1 + ratio))));
      const batches = Math.ceil(labeled.length / perBatch);
      const known = cycle(labeled, batches * perBatch, rng.split('labeled'));
      const unknown = cycle(unlabeled, batches * (batchSize - perBatch), rng.split('unlabeled'));
      const order = new Uint32Array(batches * batchSize);
      for (let batch = 0; batch < batches; batch++) {
        const rest = batchSize - perBatch;
        order.set(known.subarray(batch * perBatch, (batch + 1) * perBatch), batch * batchSize);
        order.set(unknown.subarray(batch * rest, (batch + 1) * rest), batch * batchSize + perBatch);
      }
      return order;
    },
  };
}

function divide(rows: readonly ManifestRow[], head: string | undefined): [Uint32Array, Uint32Array] {
  const labeled: number[] = [];
  const unlabeled: number[] = [];
  for (const [index, { labels, softLabels }] of rows.entries()) {
    const known =
      head === undefined
        ? Object.keys(labels).length + Object.keys(softLabels ?? {}).length > 0
        : labels[head] !== undefined || softLabels?.[head] !== undefined;
    (known ? labeled : unlabeled).push(index);
  }
  if (labeled.length === 0 || unlabeled.length === 0) {
    const missing = labeled.length === 0 ? 'labeled' : 'unlabeled';
    throw settingError('rows', 'rows with and rows without a label', `no ${missing} ones`);
  }
  return [Uint32Array.from(labeled), Uint32Array.from(unlabeled)];
}
