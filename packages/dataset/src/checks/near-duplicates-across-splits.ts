import type { Check } from './check.ts';
import { count, entrySets, onlyNear, setFinding, splitsOf } from './findings.ts';

/** A leak if external images are involved, since they train in every fold. Between training and test the competition decides. */
export const nearDuplicatesAcrossSplits: Check = {
  name: 'near-duplicates-across-splits',
  summary: 'nearly identical images in more than one of training, test and external images',
  run: (context) => {
    const sets = onlyNear(entrySets(context, context.duplicates.near())).filter(
      (set) => splitsOf(set).length > 1,
    );
    return [true, false].flatMap((external) => {
      const shared = sets.filter((set) => splitsOf(set).includes('external') === external);
      const first = shared[0]?.map(({ split, row }) => `${split} ${JSON.stringify(row.id)}`).slice(0, 3);
      return setFinding(shared, {
        check: 'near-duplicates-across-splits',
        severity: external ? 'leak' : 'warning',
        message: `${count(shared.length, 'set')} of nearly identical images in more than one split: ${first?.join(' and ')}`,
        fix: external
          ? 'drop the external rows'
          : 'look at a few; the test score may be better than on new images',
      });
    });
  },
};
