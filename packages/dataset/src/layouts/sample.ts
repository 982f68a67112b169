import {
  namedTable,
  optionNames,
  readFolderTable,
  submissionFormat,
  type TableReading,
} from '../folder/folder-tables.ts';
import type { CompetitionFolder } from '../folder/open-folder.ts';
import { findTable, SAMPLE_TABLE } from '../folder/table-roles.ts';
import { noHeader } from '../tables/columns.ts';
import type { SubmissionFormat } from './layout.ts';
import type { SampleSettings } from './layout-settings.ts';

const SAMPLED_ROWS = 200;
export const ID_NAMES: RegExp =
  /^(image|img|pic(ture)?|photo|file)?[-_ ]?(id|ids|id_code|uuid|name|names|file|path|filename|file_name|filepath|index|no|code)$|^(image|img)s?$/i;

/** What is known about ids before the sample is read. */
export interface KnownIds {
  /** Names of columns of ids in other tables, the surest first. */
  readonly names?: readonly string[];
  /** Whether a cell is the id of a test row, or names a test image. */
  readonly isId?: (cell: string) => boolean;
}

/**
 * The sample submission, as set or by its name, and its column of ids: as set, or named like the ids of other tables, or the
 * one whose cells are ids, or one with a usual name, or the first.
 * @throws PodiumError `layout-settings`, `layout-several-tables`, `table-unknown-column` for `sampleId`, `table-no-header` for
 * a sample that begins with data
 */
export async function findSample(
  folder: CompetitionFolder,
  settings: SampleSettings,
  reading: TableReading,
  known: KnownIds = {},
): Promise<SubmissionFormat | undefined> {
  const { sampleSubmission: given, sampleId } = settings;
  if (given === false) return undefined;
  const path =
    given === undefined ? findTable(folder, SAMPLE_TABLE) : namedTable(folder, given, 'sampleSubmission');
  if (path === undefined) return undefined;
  const { notes } = reading;
  if (given === undefined) notes?.decide('sampleSubmission', path, 'its name is usual');
  if (sampleId !== undefined) return submissionFormat(folder, path, sampleId, reading);
  const { id, reason } = await sampleIdOf(folder, path, reading, known);
  const format = await submissionFormat(folder, path, id, reading);
  notes?.decide('sampleId', id, reason);
  return format;
}

async function sampleIdOf(
  folder: CompetitionFolder,
  path: string,
  reading: TableReading,
  { names = [], isId = () => false }: KnownIds,
): Promise<{ readonly id: string; readonly reason: string }> {
  const { columns, shares } = await idShares(folder, path, reading, isId);
  const assertNamed = (id: string) => {
    if (reading.headers?.has(path) === true || !isId(id)) return;
    noHeader(columns, { file: path, line: 1, option: optionNames(path).header });
  };
  const named = columns.filter((name) => name !== '');
  const [first = ''] = named.length > 0 ? named : columns;
  const choose = (id: string, reason: string) => {
    assertNamed(id);
    return { id, reason };
  };
  const namesake = names.find((name) => name !== '' && columns.includes(name));
  const shareOf = (name: string) => shares.get(name) ?? 0;
  const best = named.reduce((a, b) => (shareOf(b) > shareOf(a) ? b : a), first);
  if (namesake !== undefined && shareOf(namesake) >= shareOf(best)) {
    return choose(namesake, `the ids of other tables are in a column of this name`);
  }
  if (shareOf(best) > 0) {
    return choose(best, `${Math.round(shareOf(best) * 100)} % of its first cells are ids of test images`);
  }
  const usual = named.find((name) => ID_NAMES.test(name));
  return usual === undefined
    ? choose(first, 'the first column with a name')
    : choose(usual, 'its name is usual for ids');
}

/** The shares of cells that are ids in the first rows, by column. */
async function idShares(
  folder: CompetitionFolder,
  path: string,
  reading: TableReading,
  isId: (cell: string) => boolean,
): Promise<{ columns: readonly string[]; shares: ReadonlyMap<string, number> }> {
  const counts = new Map<string, number>();
  let rows = 0;
  let columns: readonly string[] = [];
  await readFolderTable(
    folder,
    path,
    ({ names }) => {
      columns = names;
      return ({ cells }) => {
        rows++;
        for (const [i, cell] of cells.entries()) {
          if (isId(cell)) counts.set(names[i]!, (counts.get(names[i]!) ?? 0) + 1);
        }
        return rows < SAMPLED_ROWS;
      };
    },
    { ...reading, notes: undefined },
  );
  return { columns, shares: new Map([...counts].map(([name, count]) => [name, count / rows])) };
}
