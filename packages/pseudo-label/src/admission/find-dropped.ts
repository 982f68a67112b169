import { compareCodeUnits, fail } from '@podium/core';

/** An image of `train`, `test`, or an external source, by its name. */
export interface ImageName {
  readonly source: string;
  readonly id: string;
}

/** Images with the same content, for example from the checks of `@podium/dataset`. */
export interface DuplicateSet {
  readonly kind: 'exact' | 'near';
  readonly images: readonly ImageName[];
}

/** An external image that is not admitted. */
export interface DroppedImage extends ImageName {
  readonly duplicateOf: ImageName;
  readonly kind: DuplicateSet['kind'];
}

/**
 * External images that are duplicates of train or test images, of images of an earlier source, or of images of the same
 * source with a lower id. A copy of a validation image would be both trained on and validated on; a copy of a test image
 * reveals what the rules may not allow to use.
 * @param sources in order of preference, with their ids
 * @returns sorted by source and id
 * @throws PodiumError `pseudo-duplicates` for an unknown source or id
 */
export function findDropped(
  sources: readonly { readonly name: string; readonly ids: readonly string[] }[],
  duplicates: readonly DuplicateSet[],
): DroppedImage[] {
  const rank = new Map(['test', 'train', ...sources.map(({ name }) => name)].map((name, i) => [name, i]));
  const known = new Map(sources.map(({ name, ids }) => [name, new Set(ids)]));
  const order = (a: ImageName, b: ImageName) =>
    rank.get(a.source)! - rank.get(b.source)! || compareCodeUnits(a.id, b.id);
  for (const { source, id } of duplicates.flatMap(({ images }) => images)) {
    if (!rank.has(source) || known.get(source)?.has(id) === false) unknown(source, id, [...rank.keys()]);
  }
  // Sorted, so that the result for overlapping sets does not depend on their order.
  const sets = duplicates
    .map(({ kind, images }) => ({ kind, images: [...images].sort(order) }))
    .filter(({ images }) => images.length > 1)
    .sort((a, b) => order(a.images[0]!, b.images[0]!) || compareCodeUnits(sortKey(a), sortKey(b)));
  const dropped = new Map<string, DroppedImage>();
  for (const { kind, images } of sets) {
    const kept = images.find((image) => !dropped.has(keyOf(image)));
    if (kept === undefined) continue;
    for (const image of images) {
      const key = keyOf(image);
      if (image === kept || !known.has(image.source) || dropped.has(key) || key === keyOf(kept)) continue;
      dropped.set(key, { ...image, duplicateOf: kept, kind });
    }
  }
  return [...dropped.values()].sort(order);
}

function keyOf({ source, id }: ImageName): string {
  return JSON.stringify([source, id]);
}

function sortKey({ kind, images }: DuplicateSet): string {
  // Sorts exact before near: it is the stronger reason.
  return `${kind} ${images.map(keyOf).join()}`;
}

function unknown(source: string, id: string, sources: readonly string[]): never {
  return fail({
    code: 'pseudo-duplicates',
    message: `a set of duplicates refers to ${JSON.stringify(id)} of ${JSON.stringify(source)}`,
    expected: sources.includes(source) ? `an image of ${JSON.stringify(source)}` : sources,
    got: sources.includes(source) ? JSON.stringify(id) : JSON.stringify(source),
    fix: 'find duplicates among the same images that are passed to admit',
  });
}
