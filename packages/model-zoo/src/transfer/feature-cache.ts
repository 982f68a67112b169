import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashValue, PodiumError } from '@podium/core';
import { readSafetensors, writeSafetensors } from '@podium/nn/checkpoint-files';
import { checkFeatures, type FeatureMatrix } from './feature-matrix.ts';

/**
 * Features on disk: with a frozen backbone they are computed once for each view of the images, and a head then trains on
 * them in seconds. Entries are named by the hash of what they were computed from.
 */
export class FeatureCache {
  readonly folder: string;

  /** @param folder is made where it does not exist */
  constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * The features for `key`, from disk or else by `compute`. The key has to name everything that they depend on: the
   * weights' hash, the input's settings, the transform, seed and view, and a hash of the images. A damaged entry is
   * computed again.
   *
   * @param ids of the rows that are wanted, in order
   * @throws PodiumError `zoo-features` where what `compute` gives has other ids or values that are not finite
   */
  async get(
    key: unknown,
    ids: readonly string[],
    compute: () => Promise<FeatureMatrix>,
  ): Promise<{ readonly features: FeatureMatrix; readonly wasCached: boolean }> {
    const file = join(this.folder, `${hashValue({ key, ids: [...ids] })}.safetensors`);
    const found = await this.#read(file, ids);
    if (found !== undefined) return { features: found, wasCached: true };
    const features = await compute();
    checkFeatures(features, 'features');
    if (features.ids.length !== ids.length || ids.some((id, i) => id !== features.ids[i])) {
      throw new PodiumError({
        code: 'zoo-features',
        message: 'features were computed for other images than were asked for',
        expected: `${ids.length} ids, "${ids[0]}" first`,
        got: `${features.ids.length}, "${features.ids[0]}" first`,
      });
    }
    await mkdir(this.folder, { recursive: true });
    const { values, width } = features;
    const tensor = { dtype: 'float32', shape: [ids.length, width], data: values } as const;
    await writeSafetensors(file, new Map([['features', tensor]]), { sha256: hashValue(values) });
    return { features, wasCached: false };
  }

  async #read(file: string, ids: readonly string[]): Promise<FeatureMatrix | undefined> {
    try {
      await stat(file);
      const { tensors, metadata } = await readSafetensors(file);
      const tensor = tensors.get('features');
      if (tensor?.dtype !== 'float32' || tensor.shape.length !== 2 || tensor.shape[0] !== ids.length)
        return undefined;
      const values = tensor.data as Float32Array;
      if (metadata.get('sha256') !== hashValue(values)) return undefined;
      return { ids, values, width: tensor.shape[1]! };
    } catch {
      // Not there, or not whole: both are cured by computing it.
      return undefined;
    }
  }
}
