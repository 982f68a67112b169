import type { Check } from './check.ts';
import { count, entrySets, foldsOf, onlyNear, setFinding } from './findings.ts';

export const nearDuplicatesAcrossFolds: Check = {
  name: 'near-duplicates-across-folds',
  summary: 'nearly identical images in different folds',
  run: (context) => {
    const train = entrySets(context, context.duplicates.near()).map((set) =>
      set.filter(({ split, row }) => split === 'train' && row.fold !== undefined),
    );
    const sets = onlyNear(train).filter((set) => foldsOf(set).length > 1);
    const first = sets[0]?.map(({ row }) => `${JSON.stringify(row.id)} in fold ${row.fold}`).slice(0, 3);
    return setFinding(sets, {
      check: 'near-duplicates-across-folds',
      severity: 'leak',
      message: `${count(sets.length, 'set')} of nearly identical images in more than one fold: ${first?.join(', ')}`,
      fix: 'recompute the folds with near duplicates kept together, or accept the check by name if the images only look alike',
    });
  },
};
