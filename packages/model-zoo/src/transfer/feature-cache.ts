import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashValue, PodiumError } from '@podium/core';
import { readSafetensors, writeSafetensors } from '@podium/nn/checkpoint-files';
import { checkFeatures, type FeatureMatrix } from './feature-matrix.ts';

/**
 * Caches features on disk. Those of a frozen backbone are computed once per view of the images, and a head then trains on them
 * in seconds. Entries are named by the hash of what they depend on.
 */
export class FeatureCache {
  readonly folder: string;

  /** @param folder created if it does not exist */
  constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * The features for `key`, from disk or from `compute`. The key must contain everything that they depend on: hashes of the
   * weights and of the images, input settings, transform, seed and view. Damaged entries are recomputed.
   *
   * @param ids of the wanted rows, in order
   * @throws PodiumError `zoo-features` if `compute` returns other ids or values that are not finite
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
        message: 'features were computed for other images than requested',
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
      // Missing or incomplete: computing it solves both.
      return undefined;
    }
  }
}
