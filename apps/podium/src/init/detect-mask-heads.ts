import type { SettingsInput } from '@podium/competition';
import type { DatasetDescription } from '@podium/dataset';

/**
 * The heads of a mask competition: its classes are products of mask, gender and age, which a network learns better as
 * three heads. They can only be combined again if every class occurs in train.
 */
export function detectMaskHeads(
  { layout, heads, train }: DatasetDescription,
  notes: Record<string, string>,
): SettingsInput['heads'] {
  if (layout !== 'person-folders') return undefined;
  const [joint] = heads;
  const classes = new Set(train.map(({ labels }) => labels[joint?.name ?? '']));
  if (joint === undefined || !joint.classes.every((name) => classes.has(name))) return undefined;
  notes['heads.combine'] = 'Mask, gender and age are learned as three heads, and multiplied.';
  return { combine: { into: joint.name, from: ['mask', 'gender', 'age'] }, sameInGroup: ['gender', 'age'] };
}
