import type { Check, Entry } from './check.ts';
import { count, drops, entrySets, labelText, setFinding } from './findings.ts';

/** Copies among the training rows. Copies with different labels belong to `conflicting-labels`. */
export const exactDuplicates: Check = {
  name: 'exact-duplicates',
  summary: 'copies of an image in several training rows',
  run: (context) => {
    const sets = entrySets(context, context.duplicates.exact())
      .map((set) => set.filter(({ split }) => split === 'train'))
      .filter((set) => set.length > 1 && labels(set).size <= 1);
    const copies = sets.flatMap((set) => set.filter((entry) => entry !== kept(set)));
    const largest = sets.reduce((max, set) => Math.max(max, set.length), 0);
    return setFinding(sets, {
      check: 'exact-duplicates',
      severity: 'warning',
      message: `${count(sets.length, 'image')} in several training rows (up to ${largest}), ${count(copies.length, 'row')} too many`,
      fix: 'drop all but one row per image; or set data.accept: [exact-duplicates] to keep the copies, in one fold',
      suggestedPatch: drops(copies, 'exact-duplicates: the same image as a row that is kept'),
    });
  },
};

function labels(set: readonly Entry[]): Set<string> {
  return new Set(set.map(({ row }) => labelText(row)).filter((text) => text !== undefined));
}

/** The labeled row with the first id. */
function kept(set: readonly Entry[]): Entry {
  const order = (entry: Entry) => `${labelText(entry.row) === undefined ? 1 : 0}${entry.row.id}`;
  return set.reduce((best, entry) => (order(entry) < order(best) ? entry : best));
}
