import type { Check } from './check.ts';
import { count, entrySets, onlyNear, setFinding, splitsOf } from './findings.ts';

/** A leak where external images take part: they train in every fold. Between training and test it is the competition's. */
export const nearDuplicatesAcrossSplits: Check = {
  name: 'near-duplicates-across-splits',
  summary: 'nearly the same image in more than one of training, test and external images',
  run: (context) => {
    const sets = onlyNear(entrySets(context, context.duplicates.near())).filter(
      (set) => splitsOf(set).length > 1,
    );
    return [true, false].flatMap((external) => {
      const own = sets.filter((set) => splitsOf(set).includes('external') === external);
      const first = own[0]?.map(({ split, row }) => `${split} ${JSON.stringify(row.id)}`).slice(0, 3);
      return setFinding(own, {
        check: 'near-duplicates-across-splits',
        severity: external ? 'leak' : 'warning',
        message: `${count(own.length, 'set')} of nearly the same image in more than one split: ${first?.join(' and ')}`,
        fix: external
          ? 'drop the external rows'
          : 'look at a few; the score of the public test may be better than that on new images',
      });
    });
  },
};
