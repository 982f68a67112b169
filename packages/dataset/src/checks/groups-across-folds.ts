import type { Check } from './check.ts';
import { count, foldsOf, setFinding } from './findings.ts';
import { byGroup } from './groups-across-splits.ts';

export const groupsAcrossFolds: Check = {
  name: 'groups-across-folds',
  summary: 'groups (a person, a scene) in different folds',
  run: ({ entries }) => {
    const sets = [...byGroup(entries.filter(({ split }) => split === 'train')).values()].filter(
      (set) => foldsOf(set).length > 1,
    );
    return setFinding(sets, {
      check: 'groups-across-folds',
      severity: 'leak',
      message: `${count(sets.length, 'group')} in more than one fold: ${JSON.stringify(sets[0]?.[0]?.row.group)} is in ${foldsOf(
        sets[0] ?? [],
      )
        .sort()
        .join(', ')}`,
      fix: 'recompute the folds with a method that keeps groups together',
    });
  },
};
