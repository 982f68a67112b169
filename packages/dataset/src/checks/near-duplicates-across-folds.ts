import type { Check } from './check.ts';
import { count, entrySets, foldsOf, onlyNear, setFinding } from './findings.ts';

export const nearDuplicatesAcrossFolds: Check = {
  name: 'near-duplicates-across-folds',
  summary: 'nearly the same image in training rows of different folds',
  run: (context) => {
    const train = entrySets(context, context.duplicates.near()).map((set) =>
      set.filter(({ split, row }) => split === 'train' && row.fold !== undefined),
    );
    const sets = onlyNear(train).filter((set) => foldsOf(set).length > 1);
    const first = sets[0]?.map(({ row }) => `${JSON.stringify(row.id)} in fold ${row.fold}`).slice(0, 3);
    return setFinding(sets, {
      check: 'near-duplicates-across-folds',
      severity: 'leak',
      message: `${count(sets.length, 'set')} of nearly the same image in more than one fold: ${first?.join(', ')}`,
      fix: 'make the folds anew with near duplicates kept together, or accept it by name if they only look alike',
    });
  },
};
