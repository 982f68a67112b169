import type { Label, ManifestRow } from './types.ts';

/** A row's label for a head. Heads are named after columns, which may be called `constructor`: the key must be the row's own. */
export function labelOf({ labels }: Pick<ManifestRow, 'labels'>, head: string): Label | undefined {
  return Object.hasOwn(labels, head) ? labels[head] : undefined;
}

/** A row's numbers for a regression head. */
export function numbersOf(row: Pick<ManifestRow, 'labels'>, head: string): readonly number[] | undefined {
  const label = labelOf(row, head);
  const areNumbers = typeof label !== 'string' && label?.every((value) => typeof value === 'number');
  return areNumbers === true ? (label as readonly number[]) : undefined;
}

/** A row's classes for a head of classes: none without a label. */
export function classesOf(row: Pick<ManifestRow, 'labels'>, head: string): readonly string[] {
  const label = labelOf(row, head);
  if (label === undefined) return [];
  return typeof label === 'string' ? [label] : label.filter((value) => typeof value === 'string');
}

/** A row's probabilities for a head. */
export function softLabelOf(
  { softLabels }: Pick<ManifestRow, 'softLabels'>,
  head: string,
): readonly number[] | undefined {
  return softLabels !== undefined && Object.hasOwn(softLabels, head) ? softLabels[head] : undefined;
}
