import type { Check } from './check.ts';
import { count, entrySets, foldsOf, setFinding } from './findings.ts';

export const exactDuplicatesAcrossFolds: Check = {
  name: 'exact-duplicates-across-folds',
  summary: 'copies of an image in different folds',
  run: (context) => {
    const sets = entrySets(context, context.duplicates.exact())
      .map((set) => set.filter(({ split, row }) => split === 'train' && row.fold !== undefined))
      .filter((set) => foldsOf(set).length > 1);
    const first = sets[0]?.map(({ row }) => `${JSON.stringify(row.id)} in fold ${row.fold}`).slice(0, 3);
    return setFinding(sets, {
      check: 'exact-duplicates-across-folds',
      severity: 'leak',
      message: `${count(sets.length, 'image')} in more than one fold: ${first?.join(', ')}`,
      fix: 'drop the copies, or recompute the folds with duplicates kept together',
    });
  },
};
