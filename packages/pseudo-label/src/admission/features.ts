import type { Rng } from '@podium/core';
import { fail } from '../support/errors.ts';
import { byText } from '../support/order.ts';

/** Images as a frozen network sees them. */
export interface Features {
  /** N, all different. */
  readonly ids: readonly string[];
  /** `[N, D]` row by row: what the backbone puts out before its head. */
  readonly values: Float32Array;
  /** `[N]`: what images of one person or scene share. */
  readonly groups?: readonly string[];
}

/**
 * D, checked.
 * @param name whose features they are, for messages
 * @param width D of others that they have to agree with
 * @throws PodiumError `pseudo-features` naming the image of the first value that is not finite
 */
export function checkFeatures(
  { ids, values, groups }: Features,
  name: string,
  width: number | undefined,
): number | undefined {
  const own = values.length / Math.max(1, ids.length);
  const wrong = (expected: string, got: string): never =>
    fail({
      code: 'pseudo-features',
      message: `the features of ${JSON.stringify(name)}`,
      expected,
      got,
      fix: 'take the features of all images from the same network',
    });
  if (new Set(ids).size < ids.length) wrong('ids that are all different', 'one that is there twice');
  if (ids.length === 0 && values.length > 0) wrong('no values, as there are no ids', String(values.length));
  if (groups !== undefined && groups.length !== ids.length) {
    wrong(`a group for each of ${ids.length} images`, `${groups.length} groups`);
  }
  if (ids.length === 0) return width;
  if (!Number.isInteger(own) || own === 0) {
    wrong('the same number of values for each image', `${values.length} values for ${ids.length} images`);
  }
  if (width !== undefined && own !== width) wrong(`${width} values an image`, String(own));
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) wrong('finite numbers', `${values[bad]} for ${JSON.stringify(ids[Math.floor(bad / own)])}`);
  return own;
}

/** The rows with these ids, in their order. */
function selectFeatures(features: Features, ids: readonly string[]): Features {
  const rowOf = new Map(features.ids.map((id, row) => [id, row]));
  const rows = ids.map((id) => rowOf.get(id)!);
  const width = features.values.length / Math.max(1, features.ids.length);
  const values = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    values.set(features.values.subarray(row * width, (row + 1) * width), i * width);
  });
  const { groups } = features;
  return { ids, values, ...(groups && { groups: rows.map((row) => groups[row]!) }) };
}

/**
 * At most `most` rows of those with these ids (default: all), drawn by id, in the order of ids: the same ones in whatever
 * order they come.
 */
export function sampleFeatures(
  features: Features,
  most: number,
  rng: Rng,
  from: readonly string[] = features.ids,
): Features {
  const ids = [...from].sort(byText);
  if (ids.length <= most) return selectFeatures(features, ids);
  const lots = new Map(ids.map((id) => [id, rng.split(id).float()]));
  const lot = (id: string) => lots.get(id)!;
  const drawn = [...ids].sort((a, b) => lot(a) - lot(b) || byText(a, b)).slice(0, most);
  return selectFeatures(features, drawn.sort(byText));
}
