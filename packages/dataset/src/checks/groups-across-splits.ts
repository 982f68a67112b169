import type { Check, Entry } from './check.ts';
import { count, setFinding, splitsOf } from './findings.ts';

/** A leak if external images are involved, since they train in every fold. Between training and test the competition decides. */
export const groupsAcrossSplits: Check = {
  name: 'groups-across-splits',
  summary: 'groups (a person, a scene) in more than one of training, test and external images',
  run: ({ entries }) => {
    const sets = [...byGroup(entries).values()].filter((set) => splitsOf(set).length > 1);
    return [true, false].flatMap((external) => {
      const shared = sets.filter((set) => splitsOf(set).includes('external') === external);
      const first = shared[0] ?? [];
      return setFinding(shared, {
        check: 'groups-across-splits',
        severity: external ? 'leak' : 'warning',
        message: `${count(shared.length, 'group')} in more than one split: ${JSON.stringify(first[0]?.row.group)} is in ${splitsOf(first).join(' and ')}`,
        fix: external
          ? 'drop the external rows of these groups'
          : 'none needed if the test set is meant to contain them; folds by group are then stricter than the test',
      });
    });
  },
};

export function byGroup(entries: readonly Entry[]): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    if (entry.row.group === undefined) continue;
    const members = groups.get(entry.row.group);
    if (members === undefined) groups.set(entry.row.group, [entry]);
    else members.push(entry);
  }
  return groups;
}
