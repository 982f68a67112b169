import type { ManifestRow } from '../manifest/types.ts';
import { cycle, type Sampler, settingError } from './sampler.ts';

/**
 * Labelled and unlabelled rows in every batch, labelled first, as FixMatch and its kin need them (Sohn et al. 2020). An
 * epoch goes through the labelled rows once, and through as many of the unlabelled as its batches hold.
 * @param ratio unlabelled rows for one labelled row, FixMatch's mu; a batch gets the nearest whole numbers, at least one
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
      const [labelled, unlabelled] = divide(rows, head);
      const perBatch = Math.min(batchSize - 1, Math.max(1, Math.round(batchSize / (1 + ratio))));
      const batches = Math.ceil(labelled.length / perBatch);
      const known = cycle(labelled, batches * perBatch, rng.split('labelled'));
      const unknown = cycle(unlabelled, batches * (batchSize - perBatch), rng.split('unlabelled'));
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
  const labelled: number[] = [];
  const unlabelled: number[] = [];
  for (const [index, { labels, softLabels }] of rows.entries()) {
    const known =
      head === undefined
        ? Object.keys(labels).length + Object.keys(softLabels ?? {}).length > 0
        : labels[head] !== undefined || softLabels?.[head] !== undefined;
    (known ? labelled : unlabelled).push(index);
  }
  if (labelled.length === 0 || unlabelled.length === 0) {
    const missing = labelled.length === 0 ? 'labelled' : 'unlabelled';
    throw settingError('rows', 'rows with and rows without a label', `no ${missing} ones`);
  }
  return [Uint32Array.from(labelled), Uint32Array.from(unlabelled)];
}
