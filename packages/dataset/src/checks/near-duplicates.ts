import { regroup } from '../inspect/regroup.ts';
import type { Check } from './check.ts';
import { count, entrySets, named, onlyNear, setFinding } from './findings.ts';

export const nearDuplicates: Check = {
  name: 'near-duplicates',
  summary: 'nearly identical training images: scaled, recompressed, adjacent frames of a video',
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
      message: `${count(sets.length, 'set')} of nearly identical images across groups, ${count(rows.length, 'row')} in all: ${named((sets[0] ?? []).map(({ row }) => row.id))}`,
      fix: 'give each set a group, to keep it in one fold',
      suggestedPatch: regroup(context, sets),
    });
  },
};
