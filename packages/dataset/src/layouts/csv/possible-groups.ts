import { columnsOf, readFolderTable, type TableReading } from '../../folder/folder-tables.ts';
import type { CompetitionFolder } from '../../folder/open-folder.ts';
import type { PossibleGroup } from '../layout.ts';

/** Usual names of columns that group images. */
const GROUP_NAMES =
  /^(patient|person|people|subject|user|driver|author|owner|animal|individual|session|scene|video|clip|sequence|series|study(_?instance)?|case|site|plot|location|slide|specimen|lesion|group)([-_ ]?(u?id|no|number|name))?$/i;

export function looksLikeGroup(column: string): boolean {
  return GROUP_NAMES.test(column);
}

/**
 * Columns that may group rows: named like a person or a scene, with values that repeat. Rows are grouped only by the
 * settings, but overlooking such a column inflates scores.
 */
export async function possibleGroups(
  folder: CompetitionFolder,
  table: string,
  used: ReadonlySet<string>,
  options: TableReading,
): Promise<PossibleGroup[]> {
  const { names } = await columnsOf(folder, table);
  const candidates = names.filter((name) => looksLikeGroup(name) && !used.has(name));
  if (candidates.length === 0) return [];
  const values = candidates.map(() => new Set<string>());
  const { rows } = await readFolderTable(
    folder,
    table,
    (columns) => {
      const indices = candidates.map((name) => columns.index(name));
      return ({ cells }) => {
        for (const [k, index] of indices.entries()) values[k]!.add(cells[index]!);
      };
    },
    options,
  );
  return candidates
    .map((column, k) => ({ table, column, groups: values[k]!.size, rows }))
    .filter(({ groups }) => groups > 1 && groups < rows);
}
