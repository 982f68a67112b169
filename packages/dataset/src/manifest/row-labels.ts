import type { ManifestRow } from './types.ts';

/** A row's label for a head. Heads are named after columns, which may be called `constructor`: the key must be the row's own. */
export function labelOf(
  { labels }: Pick<ManifestRow, 'labels'>,
  head: string,
): string | readonly string[] | undefined {
  return Object.hasOwn(labels, head) ? labels[head] : undefined;
}

/** A row's probabilities for a head. */
export function softLabelOf(
  { softLabels }: Pick<ManifestRow, 'softLabels'>,
  head: string,
): readonly number[] | undefined {
  return softLabels !== undefined && Object.hasOwn(softLabels, head) ? softLabels[head] : undefined;
}
