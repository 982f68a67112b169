import { fixedSizeEpochs, type Head, type ManifestRow, type Sampler, samplers } from '@podium/dataset';
import { type Named, nameAndOptions } from '../recipe/shared-schemas.ts';

/** The sampler that the settings name. With pseudo labels, an epoch keeps its size; they take their share of it. */
export function createSampler(
  given: Named,
  {
    rows,
    heads,
    imagesPerEpoch,
    pseudoShare,
  }: {
    readonly rows: readonly ManifestRow[];
    readonly heads: readonly Head[];
    readonly imagesPerEpoch: number;
    readonly pseudoShare: number | undefined;
  },
): Sampler {
  if (imagesPerEpoch < rows.length) return fixedSizeEpochs({ images: imagesPerEpoch, share: pseudoShare });
  const { name, options } = nameAndOptions(given);
  const entry = samplers.get(name);
  return entry.create({ ...('head' in entry.settings.shape && { head: heads[0]!.name }), ...options });
}
