import type { Check } from './check.ts';
import { count, idsOf, labelText, named, rowsOf } from './findings.ts';

export const unlabeledRows: Check = {
  name: 'unlabeled-rows',
  summary: 'training rows without a label',
  run: ({ entries, description: { unlabeled = [] } }) => {
    const left = unlabeled.map((row) => ({ split: 'train' as const, row }));
    const found = [
      ...entries.filter(({ split, row }) => split === 'train' && labelText(row) === undefined),
      ...left,
    ];
    if (found.length === 0) return [];
    return [
      {
        check: 'unlabeled-rows',
        severity: 'warning',
        message: `${count(found.length, 'training row')} without a label: ${named(idsOf(found))}`,
        ...rowsOf(found),
        fix: 'label them, or drop them from the table; pseudo-labeling can use them as external images',
      },
    ];
  },
};
