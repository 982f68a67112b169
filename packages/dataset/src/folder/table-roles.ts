import type { Notes } from '../layouts/notes.ts';
import { UnclearSetting } from '../layouts/unclear-setting.ts';
import { fileName } from './folder-tables.ts';
import type { CompetitionFolder } from './open-folder.ts';

/** What a table is for, and its usual names: the surest first. */
export interface TableRole {
  /** The setting that names the table. */
  readonly option: string;
  /** What the table has, for messages. */
  readonly has: string;
  readonly names: readonly RegExp[];
  /** Whether a folder may do without. */
  readonly optional: boolean;
}

export const TRAIN_TABLE: TableRole = {
  option: 'train',
  has: 'the training labels',
  names: [/^train\.(csv|tsv)$/i, /^(train[^/]*|labels?)\.(csv|tsv)$/i],
  optional: false,
};

export const VALIDATION_TABLE: TableRole = {
  option: 'validation',
  has: 'more training rows',
  names: [/^(val|valid|validation|dev)\.(csv|tsv)$/i, /^(val|valid|validation|dev)[-_ ][^/]*\.(csv|tsv)$/i],
  optional: true,
};

export const TEST_TABLE: TableRole = {
  option: 'test',
  has: 'the test rows',
  names: [/^test\.(csv|tsv)$/i, /^test[^/]*\.(csv|tsv)$/i],
  optional: true,
};

export const SAMPLE_TABLE: TableRole = {
  option: 'sampleSubmission',
  has: 'the sample of a submission',
  names: [
    /^sample[-_ ]?submissions?\.(csv|tsv)$/i,
    /^(sample[-_ ]?submissions?|submission[-_ ]?(format|sample))[^/]*\.(csv|tsv)$/i,
    /^sample[^/]*\.(csv|tsv)$/i,
    /(sample|example|dummy|random|baseline)[-_ ]?submissions?[^/]*\.(csv|tsv)$|^submissions?([-_ ]?(example|template))?\.(csv|tsv)$/i,
  ],
  optional: true,
};

/** Whether a table is named like one of a role. */
export function hasRole(table: string, role: TableRole): boolean {
  return role.names.some((pattern) => pattern.test(fileName(table)));
}

/**
 * The table of a role by its name: the surest name, nearest to the root.
 * @throws UnclearSetting `layout-several-tables` if several tables fit alike
 */
export function findTable(folder: CompetitionFolder, role: TableRole): string | undefined {
  const found = tablesOf(folder, role);
  if (found.length > 1) severalTables(role, found);
  return found[0];
}

/** The tables that fit a role best, alike. */
export function tablesOf({ tables }: CompetitionFolder, { names }: TableRole): readonly string[] {
  for (const pattern of names) {
    const found = tables.filter((file) => pattern.test(fileName(file)));
    const top = Math.min(...found.map(depth));
    const nearest = found.filter((file) => depth(file) === top);
    if (nearest.length > 0) return nearest;
  }
  return [];
}

/** @throws UnclearSetting `layout-several-tables` */
export function severalTables({ option, has, optional }: TableRole, found: readonly string[]): never {
  const choices = found.map((table) => ({ value: table as unknown, label: table }));
  throw new UnclearSetting(
    option,
    optional ? [...choices, { value: false, label: 'none of them' }] : choices,
    {
      code: 'layout-several-tables',
      message: `several tables may have ${has}`,
      expected: 'one table',
      got: found.join(', '),
    },
  );
}

const PACKED = /\.(csv|tsv)\.(zip|gz|bz2|xz|zst|7z)$/i;
const OTHER_TABLE =
  /\.(xlsx?|ods|parquet|feather|arrow|jsonl)$|(^|\/)[^/]*(train|test|val|label|annotation|sample|submission)[^/]*\.(txt|json)$/i;
const ARCHIVE = /\.(zip|tar|tgz|tar\.(gz|bz2|xz|zst)|7z|rar)$/i;

/** Tables that are packed. */
export function packedTables({ files }: CompetitionFolder): readonly string[] {
  return files.filter((file) => PACKED.test(file));
}

/** Files that seem to be tables and are neither CSV nor TSV. */
export function otherTables({ files }: CompetitionFolder): readonly string[] {
  return files.filter((file) => OTHER_TABLE.test(file));
}

/** Takes down tables and archives that are not read, although they look like data. */
export function noteUnread(folder: CompetitionFolder, used: ReadonlySet<string>, notes: Notes): void {
  for (const file of folder.files) {
    if (used.has(file)) continue;
    if (PACKED.test(file)) notes.omit('tables', 'they are packed: unpack them to use them', file);
    else if (OTHER_TABLE.test(file)) {
      notes.omit('tables', 'they are neither CSV nor TSV: export them as CSV to use them', file);
    } else if (ARCHIVE.test(file)) notes.omit('archives', 'they are packed: unpack them to use them', file);
  }
  for (const table of folder.tables) {
    if (!used.has(table)) notes.omit('tables', 'no setting names them', table);
  }
}

function depth(path: string): number {
  return path.split('/').length;
}
