import type { Check } from './check.ts';
import { count, drops, entrySets, setFinding, splitsOf } from './findings.ts';

export const exactDuplicatesAcrossSplits: Check = {
  name: 'exact-duplicates-across-splits',
  summary: 'copies of an image in more than one of training, test and external images',
  run: (context) => {
    const sets = entrySets(context, context.duplicates.exact()).filter((set) => splitsOf(set).length > 1);
    const first = sets[0]?.map(({ split, row }) => `${split} ${JSON.stringify(row.id)}`).slice(0, 3);
    // A patch cannot change external rows.
    const shown = sets
      .filter((set) => set.some(({ split }) => split === 'test'))
      .flatMap((set) => set.filter(({ split }) => split === 'train'));
    return setFinding(sets, {
      check: 'exact-duplicates-across-splits',
      severity: 'leak',
      message: `${count(sets.length, 'image')} in more than one split: ${first?.join(' and ')}`,
      fix: 'drop training and external rows with a test image, and external rows with a training image; or accept the check by name if the competition allows it',
      suggestedPatch: drops(shown, 'exact-duplicates-across-splits: the same image as a test row'),
    });
  },
};
