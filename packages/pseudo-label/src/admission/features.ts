import { compareCodeUnits, fail, type Rng } from '@podium/core';

/** Features of images from a frozen network. */
export interface Features {
  /** `[N]`, all different. */
  readonly ids: readonly string[];
  /** `[N,D]` row by row: the backbone's output before its head. */
  readonly values: Float32Array;
  /** `[N]`: the same for images of one person or scene. */
  readonly groups?: readonly string[];
}

/**
 * Checks features and returns D.
 * @param name of the set, for messages
 * @param width required D, if other features have one
 * @throws PodiumError `pseudo-features` naming the image of the first value that is not finite
 */
export function checkFeatures(
  { ids, values, groups }: Features,
  name: string,
  width: number | undefined,
): number | undefined {
  const actual = values.length / Math.max(1, ids.length);
  const invalid = (expected: string, got: string): never =>
    fail({
      code: 'pseudo-features',
      message: `the features of ${JSON.stringify(name)}`,
      expected,
      got,
      fix: 'extract the features of all images with the same network',
    });
  if (new Set(ids).size < ids.length) invalid('distinct ids', 'a duplicate');
  if (ids.length === 0 && values.length > 0) invalid('no values without ids', String(values.length));
  if (groups !== undefined && groups.length !== ids.length) {
    invalid(`a group for each of ${ids.length} images`, `${groups.length} groups`);
  }
  if (ids.length === 0) return width;
  if (!Number.isInteger(actual) || actual === 0) {
    invalid('the same number of values for each image', `${values.length} values for ${ids.length} images`);
  }
  if (width !== undefined && actual !== width) invalid(`${width} values per image`, String(actual));
  const infinite = values.findIndex((value) => !Number.isFinite(value));
  if (infinite >= 0) {
    const id = ids[Math.floor(infinite / actual)];
    invalid('finite numbers', `${values[infinite]} for ${JSON.stringify(id)}`);
  }
  return actual;
}

/** The rows with these ids, in order. */
function selectFeatures(features: Features, ids: readonly string[]): Features {
  const rowOf = new Map(features.ids.map((id, row) => [id, row]));
  const rows = ids.map((id) => rowOf.get(id)!);
  const width = features.values.length / Math.max(1, features.ids.length);
  const values = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    values.set(features.values.subarray(row * width, (row + 1) * width), i * width);
  });
  const { groups } = features;
  return { ids, values, groups: groups && rows.map((row) => groups[row]!) };
}

/**
 * At most `maxRows` of the rows with these ids (default: all), drawn by id, so that the result does not depend on their order.
 * Sorted by id.
 */
export function sampleFeatures(
  features: Features,
  maxRows: number,
  rng: Rng,
  from: readonly string[] = features.ids,
): Features {
  const ids = [...from].sort(compareCodeUnits);
  if (ids.length <= maxRows) return selectFeatures(features, ids);
  const lots = new Map(ids.map((id) => [id, rng.split(id).float()]));
  const lot = (id: string) => lots.get(id)!;
  const drawn = [...ids].sort((a, b) => lot(a) - lot(b) || compareCodeUnits(a, b)).slice(0, maxRows);
  return selectFeatures(features, drawn.sort(compareCodeUnits));
}
