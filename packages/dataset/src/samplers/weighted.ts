import { countSetting, type Sampler } from './sampler.ts';

/**
 * Draws with replacement, each row as likely as its weight is large (PyTorch `WeightedRandomSampler`). The batch's weights
 * still say what the rows weigh: leave them out of the loss, or they count twice.
 * @param samples rows an epoch; default as many as there are.
 * @throws PodiumError `sampler-setting`; `random-argument` for weights that are no weights.
 */
export function weighted(options: { samples?: number } = {}): Sampler {
  const { samples } = options;
  return {
    name: 'weighted',
    settings: { samples },
    order: ({ rows, rng }) =>
      rng.weightedIndices(
        rows.map(({ weight }) => weight),
        countSetting('samples', samples, rows.length),
      ),
  };
}
