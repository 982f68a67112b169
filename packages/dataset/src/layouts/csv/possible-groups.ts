import type { PossibleGroup } from '../layout.ts';
import type { Notes } from '../notes.ts';
import type { LabeledRows } from './labeled-rows.ts';

/** Usual names of columns that group images. */
const GROUP_NAMES =
  /^(patient|person|people|subject|user|driver|author|owner|animal|individual|session|scene|video|clip|seq(uence)?|series|event|encounter|sighting|camera|cam|trap|deployment|visit|exam|experiment|plate|study(_?instance)?|case|site|plot|location|slide|specimen|lesion|group|family|household|recording|participant|donor|burst|track)s?([-_ ]?(u?id|no|nr|num|number|name|code|key))?$/i;

/** Whether a column is named like a person or a scene. */
export function looksLikeGroup(column: string): boolean {
  return GROUP_NAMES.test(column);
}

/** With fewer groups, folds would hold out too much at once. */
const MIN_GROUPS = 5;

/**
 * Columns that may group rows: named like a person or a scene, with values that repeat. Overlooking such a column inflates
 * scores, so the one with the fewest values is the group unless the settings say otherwise.
 * @param columns of the table, and those that are something else
 */
export async function possibleGroups(
  rows: LabeledRows,
  table: string,
  { columns, used }: { readonly columns: readonly string[]; readonly used: ReadonlySet<string | undefined> },
  notes: Notes,
): Promise<PossibleGroup[]> {
  if (!columns.some((name) => looksLikeGroup(name) && !used.has(name))) return [];
  const values = new Map<string, Set<string>>();
  let count = 0;
  await rows.each(({ columns: own }) => {
    const candidates = own.names.filter((name) => looksLikeGroup(name) && !used.has(name));
    const indices = candidates.map((name) => own.index(name));
    for (const name of candidates) values.set(name, values.get(name) ?? new Set());
    return ({ cells }) => {
      count++;
      for (const [k, index] of indices.entries()) values.get(candidates[k]!)!.add(cells[index]!.trim());
    };
  });
  const found = [...values]
    .map(([column, { size: groups }]) => ({ table, column, groups, rows: count }))
    .filter(({ groups }) => groups > 1 && groups < count);
  const [chosen] = found.filter(({ groups }) => groups >= MIN_GROUPS).toSorted((a, b) => a.groups - b.groups);
  if (chosen !== undefined) {
    const { column, groups } = chosen;
    notes.decide(
      'group',
      column,
      `${groups} values in ${count} rows: rows with the same one stay in one fold; false for none`,
    );
  }
  for (const { column, groups } of found) {
    if (chosen === undefined) notes.decide('group', 'none', `"${column}" has only ${groups} values`);
  }
  return found.map((group) => (group.column === chosen?.column ? { ...group, isChosen: true } : group));
}
