import { fail } from '../support/errors.ts';
import { byText } from '../support/order.ts';

/** An image: of `train`, of `test`, or of an external source by its name. */
export interface ImageName {
  readonly source: string;
  readonly id: string;
}

/** Images that show the same, found elsewhere (by the checks of `@podium/dataset`, say). */
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
 * External images that show what a train or test image shows, or one of an earlier source (then, of the same source, the one
 * with the lower id) does. A copy of a validation image with a guessed label would be seen in training and asked in
 * validation; a copy of a test image tells of the test set what the rules may not allow.
 * @param sources in the order in which they are preferred, with their ids
 * @returns by source and id
 * @throws PodiumError `pseudo-duplicates` for a source or id that is not there
 */
export function findDropped(
  sources: readonly { readonly name: string; readonly ids: readonly string[] }[],
  duplicates: readonly DuplicateSet[],
): DroppedImage[] {
  const rank = new Map(['test', 'train', ...sources.map(({ name }) => name)].map((name, i) => [name, i]));
  const known = new Map(sources.map(({ name, ids }) => [name, new Set(ids)]));
  const order = (a: ImageName, b: ImageName) =>
    rank.get(a.source)! - rank.get(b.source)! || byText(a.id, b.id);
  for (const { source, id } of duplicates.flatMap(({ images }) => images)) {
    if (!rank.has(source) || known.get(source)?.has(id) === false) unknown(source, id, [...rank.keys()]);
  }
  // Sorted, so that overlapping sets give the same result in whatever order they were found.
  const sets = duplicates
    .map(({ kind, images }) => ({ kind, images: [...images].sort(order) }))
    .filter(({ images }) => images.length > 1)
    .sort((a, b) => order(a.images[0]!, b.images[0]!) || byText(text(a), text(b)));
  const dropped = new Map<string, DroppedImage>();
  for (const { kind, images } of sets) {
    const kept = images.find((image) => !dropped.has(nameOf(image)));
    if (kept === undefined) continue;
    for (const image of images) {
      const name = nameOf(image);
      if (image === kept || !known.has(image.source) || dropped.has(name) || name === nameOf(kept)) continue;
      dropped.set(name, { ...image, duplicateOf: kept, kind });
    }
  }
  return [...dropped.values()].sort(order);
}

function nameOf({ source, id }: ImageName): string {
  return JSON.stringify([source, id]);
}

function text({ kind, images }: DuplicateSet): string {
  // Exact before near: it is the stronger reason.
  return `${kind} ${images.map(nameOf).join()}`;
}

function unknown(source: string, id: string, sources: readonly string[]): never {
  return fail({
    code: 'pseudo-duplicates',
    message: `a set of duplicates names ${JSON.stringify(id)} of ${JSON.stringify(source)}`,
    expected: sources.includes(source) ? `an image of ${JSON.stringify(source)}` : sources,
    got: sources.includes(source) ? JSON.stringify(id) : JSON.stringify(source),
    fix: 'find duplicates among the same images that are to be admitted',
  });
}
