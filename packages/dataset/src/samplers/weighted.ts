import { defineSampler, type SamplerFactory, samples } from './sampler.ts';

/**
 * Draws rows with replacement, with probabilities proportional to their weights (PyTorch `WeightedRandomSampler`). Batches
 * still contain the weights: do not use them in the loss, or they count twice.
 * @throws PodiumError `sampler-setting`; `random-argument` for invalid weights
 */
export const weighted: SamplerFactory<[options?: { readonly samples?: number }]> = defineSampler({
  name: 'weighted',
  summary: 'rows drawn with replacement, by weight',
  settings: { samples: samples.describe('rows per epoch; default: the number of rows') },
  order: ({ rows, rng }, { samples = rows.length }) =>
    rng.weightedIndices(
      rows.map(({ weight }) => weight),
      samples,
    ),
});
