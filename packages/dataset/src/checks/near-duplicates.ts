import { regroup } from '../inspect/regroup.ts';
import type { Check } from './check.ts';
import { count, entrySets, named, onlyNear, setFinding } from './findings.ts';

export const nearDuplicates: Check = {
  name: 'near-duplicates',
  summary: 'training rows that nearly show the same: scaled, recompressed, the next frame of a video',
  run: (context) => {
    const all = entrySets(context, context.duplicates.near()).map((set) =>
      set.filter(({ split }) => split === 'train'),
    );
    const sets = onlyNear(all).filter(
      (set) => new Set(set.map(({ row }) => row.group ?? `row ${row.id}`)).size > 1,
    );
    const rows = sets.flat();
    return setFinding(sets, {
      check: 'near-duplicates',
      severity: 'warning',
      message: `${count(sets.length, 'set')} of nearly the same image across groups, ${count(rows.length, 'row')} in all: ${named((sets[0] ?? []).map(({ row }) => row.id))}`,
      fix: 'give each set one group, so that folds keep it together',
      suggestedPatch: regroup(context, sets),
    });
  },
};
