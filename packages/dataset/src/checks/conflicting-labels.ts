import type { Check, CheckContext, Entry } from './check.ts';
import { count, drops, entrySets, labelText, setFinding } from './findings.ts';

/** Copies of one image with different labels, of which at most one can be right. */
export const conflictingLabels: Check = {
  name: 'conflicting-labels',
  summary: 'copies of an image with different labels',
  run: (context) => {
    const sets = conflicts(context);
    const rows = sets.flat();
    const first = sets[0]
      ?.map(({ row }) => `${row.id} is ${Object.values(row.labels).join(', ')}`)
      .slice(0, 3);
    return setFinding(sets, {
      check: 'conflicting-labels',
      severity: 'error',
      message: `${count(sets.length, 'image')} with different labels, in ${count(rows.length, 'row')}: ${first?.join('; ')}`,
      fix: 'label them by hand, or drop all their rows; or set data.accept: [conflicting-labels] to keep them',
      suggestedPatch: drops(rows, 'conflicting-labels: other rows with this image have a different label'),
    });
  },
};

/** The training and external rows of images with more than one label, one set per image. */
export function conflicts(context: CheckContext): Entry[][] {
  return entrySets(context, context.duplicates.exact())
    .map((set) => set.filter(({ split, row }) => split !== 'test' && labelText(row) !== undefined))
    .filter((set) => new Set(set.map(({ row }) => labelText(row))).size > 1);
}
