import { PodiumError } from '@podium/core';
import type { ManifestRow } from '@podium/dataset';
import type { FeatureMatrix } from '@podium/model-zoo';
import { readSafetensors } from '@podium/nn/checkpoint-files';

/** Reads features that `extract-features` wrote, for rows in the same order; views are numbered. */
export async function readFeatures(
  path: string,
): Promise<
  (split: 'train' | 'test' | 'external', view: number, rows: readonly ManifestRow[]) => FeatureMatrix
> {
  const { tensors } = await readSafetensors(path);
  return (split, view, rows) => {
    const tensor = tensors.get(`${split}.${view}`);
    if (tensor === undefined || tensor.shape[0] !== rows.length) {
      throw new PodiumError({
        code: 'features-missing',
        path: { file: path, key: `${split}.${view}` },
        expected: `features of ${rows.length} images`,
        got: tensor === undefined ? 'nothing' : `${tensor.shape[0]}`,
      });
    }
    return {
      ids: rows.map(({ id }) => id),
      values: tensor.data as Float32Array,
      width: tensor.shape[1]!,
    };
  };
}
