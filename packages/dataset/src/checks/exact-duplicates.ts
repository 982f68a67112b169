import type { Check, Entry } from './check.ts';
import { count, drops, entrySets, labelText, setFinding } from './findings.ts';

/** Copies within the training rows; those with different labels are another check's. */
export const exactDuplicates: Check = {
  name: 'exact-duplicates',
  summary: 'the same image in several training rows',
  run: (context) => {
    const sets = entrySets(context, context.duplicates.exact())
      .map((set) => set.filter(({ split }) => split === 'train'))
      .filter((set) => set.length > 1 && labels(set).size <= 1);
    const copies = sets.flatMap((set) => set.filter((entry) => entry !== kept(set)));
    const largest = sets.reduce((most, set) => Math.max(most, set.length), 0);
    return setFinding(sets, {
      check: 'exact-duplicates',
      severity: 'warning',
      message: `${count(sets.length, 'image')} in several training rows each (up to ${largest}), ${count(copies.length, 'row')} too many`,
      fix: 'drop all rows of an image but one, or make folds that keep them together',
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
