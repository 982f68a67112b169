import { PodiumError } from '@podium/core';
import {
  columnsOf,
  namedTable,
  optionNames,
  readFolderTable,
  type TableReading,
  tableReading,
} from '../folder/folder-tables.ts';
import { ImageIndex } from '../folder/image-index.ts';
import type { CompetitionFolder } from '../folder/open-folder.ts';
import { findTable, noteUnread, packedTables, SAMPLE_TABLE } from '../folder/table-roles.ts';
import type { Head, ManifestRow } from '../manifest/types.ts';
import { noHeader } from '../tables/columns.ts';
import { chooseColumns, matchImages } from './csv/choose-columns.ts';
import { ColumnFacts } from './csv/column-facts.ts';
import {
  type CsvSettings,
  type CsvSources,
  csvSettings,
  findSources,
  RECOGNIZED_FOLDERS,
  trainTables,
} from './csv/csv-settings.ts';
import { findImages } from './csv/find-images.ts';
import { namesImage } from './csv/image-names.ts';
import { planColumns } from './csv/label-plan.ts';
import { LabeledRows } from './csv/labeled-rows.ts';
import { type ListedRow, listRows } from './csv/list-rows.ts';
import { planLabels } from './csv/plan-labels.ts';
import { possibleGroups } from './csv/possible-groups.ts';
import { readTrainRows } from './csv/read-train-rows.ts';
import { readSampleCells } from './csv/sample-cells.ts';
import { mayBeSplit, recognizeSplit } from './csv/split-column.ts';
import { listTestRows, readTestTable, type TestRow } from './csv/test-rows.ts';
import {
  type DatasetDescription,
  type Detection,
  defineLayout,
  type Layout,
  type ReadOptions,
  type SubmissionFormat,
} from './layout.ts';
import type { SplitColumn } from './layout-settings.ts';
import { Notes, OPTIONS } from './notes.ts';
import { findSample, ID_NAMES } from './sample.ts';

/** A table with one row per image, and images anywhere in the folder. */
export const csv: Layout = defineLayout({
  name: 'csv',
  summary: 'a table with one row per image: id, label or labels; images anywhere in the folder',
  settings: csvSettings,
  detect: (folder, settings) => detect(folder, settings),
  read: (folder, settings, options) => read(folder, settings, options),
});

type Reading = TableReading & { readonly notes: Notes };

async function detect(folder: CompetitionFolder, settings: CsvSettings): Promise<Detection> {
  if (folder.images.length === 0) return { confidence: 0, evidence: [] };
  const tables = settings.train === undefined ? trainTables(folder) : [settings.train];
  if (tables.length === 0) {
    return { confidence: 0, evidence: packedTables(folder).map((table) => `${table} is packed: unpack it`) };
  }
  const { encoding, delimiter, header: headers } = settings;
  const index = new ImageIndex(folder.images, RECOGNIZED_FOLDERS);
  let best: Detection = { confidence: 0, evidence: [] };
  for (const table of tables) {
    try {
      const matches = await matchImages(folder, table, index, settings, { encoding, delimiter, headers });
      const { column, share } = matches.reduce((a, b) =>
        b.share > a.share || (b.share === a.share && b.different > a.different) ? b : a,
      );
      const found = `${Math.round(share * 100)} % of the first rows of ${table} name an image in "${column}"`;
      if (share * 0.9 >= best.confidence) best = { confidence: share * 0.9, evidence: [found] };
    } catch (error) {
      if (!(error instanceof PodiumError)) throw error;
      if (best.confidence > 0) continue;
      best = { confidence: 0, evidence: [error.message.split('\n')[0]!], problem: error };
    }
  }
  return best;
}

async function read(
  folder: CompetitionFolder,
  settings: CsvSettings,
  { signal, tasks }: ReadOptions,
): Promise<DatasetDescription> {
  const notes = new Notes();
  const reading = tableReading(folder, settings, { notes, signal });
  const sources = findSources(folder, settings, notes);
  const { train: table, test, index } = sources;
  const chosen = await chooseColumns(
    folder,
    sources,
    settings,
    await sampleColumns(folder, settings, reading),
    reading,
  );
  const tables = await trainingTables(folder, settings, sources, reading);
  const split = settings.split ?? (await findSplit(folder, tables, reading));
  const rows = await listRows(folder, tables, chosen, split || undefined, reading);
  const group = settings.group || undefined;
  const tested =
    test === undefined
      ? undefined
      : await readTestTable(folder, test, index, chosen, settings, group, reading);
  const known = new Map<string, TestRow>(tested?.rows);
  for (const row of rows) if (row.isTest) known.set(row.id, row);
  const sample = await findSample(folder, settings, reading, {
    names: [...(tested === undefined ? [] : [tested.idColumn]), chosen.id],
    isId: (cell) => known.has(cell.trim()) || namesImage(index, cell.trim(), 'test'),
  });
  const isElsewhere = ({ cell }: ListedRow) =>
    !namesImage(index, cell, 'train') && namesImage(index, cell, 'test');
  const byId = new Map(sample === undefined ? [] : rows.map((row) => [row.id, row]));
  const moved = new Set<ListedRow>();
  const asked = await listTestRows(
    folder,
    sample,
    (id) => {
      const row = byId.get(id);
      if (known.has(id) || row === undefined || !isElsewhere(row)) return known.get(id);
      moved.add(row);
      return row;
    },
    index,
    { known, train: rows, images: settings.images },
    reading,
  );
  const [first] = moved;
  if (first !== undefined)
    notes.decide(
      'split',
      'by the images',
      `${moved.size} rows that the sample asks for, such as ${first.table}:${first.line} "${first.id}", have their images among the test images`,
    );
  const wanted = { train: rows.filter((row) => !row.isTest && !moved.has(row)), test: asked };
  const {
    train: found,
    test: foundTest,
    missing,
  } = findImages(folder, sources, settings, chosen, wanted, notes);
  const labeled = new LabeledRows(folder, tables, reading, (file, place) => found.has(`${place} ${file}`));
  const other = [chosen.id, chosen.path, group?.column, settings.weight, (split || undefined)?.column];
  const cells = sample && (await readSampleCells(folder, sample, reading));
  const recognition = { taken: new Set(other), test, reading };
  const planned = await planLabels(folder, labeled, settings, recognition, {
    table,
    path: chosen.path,
    sample: cells,
    tasks,
    notes,
  });
  if (sample !== undefined) await assertSampleHeader(folder, sample, planned.heads, reading);
  const used = new Set([...other, ...planned.plans.flatMap(planColumns)]);
  const { names } = await columnsOf(folder, table, reading);
  const singles = planned.plans.flatMap((plan) => (plan.kind === 'single' ? [plan.column] : []));
  const groups =
    settings.group === undefined
      ? await possibleGroups(labeled, table, { columns: names, used, labels: singles }, notes)
      : [];
  const byDefault = groups.find(({ isChosen }) => isChosen)?.column;
  const unread = names.filter((name) => name !== '' && !used.has(name) && name !== byDefault);
  for (const name of unread) notes.omit(`columns of ${table}`, 'nothing is read from them', `"${name}"`);
  const { train, unlabeled } = await readTrainRows(
    labeled,
    found,
    planned,
    { group, byDefault, weight: settings.weight },
    notes,
  );
  const read = [...tables, test, sample?.path].filter((path) => path !== undefined);
  noteUnread(folder, new Set(read), notes);
  notes.add(index.decisions(`${OPTIONS}.path`));
  const unlisted = index.unlisted();
  for (const path of unlisted) notes.omit('images', 'no row names them', path);
  const testRows = foundTest.map(({ row, image }) => testRow(row, image));
  const kept = new Map([
    ['training rows', train.length],
    ['test rows', testRows.length],
    ['tables', read.length],
    [`columns of ${table}`, names.length - unread.length],
    ['images', folder.images.length - unlisted.length],
  ]);
  return {
    layout: 'csv',
    root: folder.root,
    heads: planned.heads,
    train,
    ...(unlabeled.length > 0 && { unlabeled }),
    test: testRows,
    ...(sample && { submission: sample }),
    missing,
    unlisted,
    ...(groups.length > 0 && { possibleGroups: groups }),
    ...notes.result(kept),
  };
}

/** The columns of the sample submission, which may be the ids of the training table. */
async function sampleColumns(
  folder: CompetitionFolder,
  { sampleSubmission }: CsvSettings,
  reading: Reading,
): Promise<readonly string[]> {
  if (sampleSubmission === false) return [];
  const path =
    sampleSubmission === undefined
      ? findTable(folder, SAMPLE_TABLE)
      : namedTable(folder, sampleSubmission, SAMPLE_TABLE.option);
  return path === undefined ? [] : (await columnsOf(folder, path, reading)).names;
}

/**
 * Refuses a sample whose first line has a class where the name of its column should be.
 * @throws PodiumError `table-no-header`
 */
async function assertSampleHeader(
  folder: CompetitionFolder,
  { path, idColumn, valueColumns }: SubmissionFormat,
  heads: readonly Head[],
  reading: Reading,
): Promise<void> {
  const [only] = valueColumns;
  const isClass = valueColumns.length === 1 && heads.some(({ classes }) => classes.includes(only!));
  if (!isClass || ID_NAMES.test(idColumn) || reading.headers?.has(path) === true) return;
  const { names } = await columnsOf(folder, path, reading);
  noHeader(names, { file: path, line: 1, option: optionNames(path).header });
}

/** The tables of training rows; a validation table joins them, since folds are made again. */
async function trainingTables(
  folder: CompetitionFolder,
  settings: CsvSettings,
  { train, validation }: CsvSources,
  reading: Reading,
): Promise<readonly string[]> {
  if (validation === undefined) return [train];
  if (settings.validation !== undefined) return [train, validation];
  const { notes } = reading;
  const names = async (table: string) =>
    (await columnsOf(folder, table, reading)).names.toSorted().join('\n');
  if ((await names(validation)) === (await names(train))) {
    notes.decide(
      'validation',
      validation,
      `it has the columns of ${train}, and folds are made of the rows of both`,
    );
    return [train, validation];
  }
  return [train];
}

async function findSplit(
  folder: CompetitionFolder,
  tables: readonly string[],
  reading: Reading,
): Promise<SplitColumn | undefined> {
  const facts = new Map<string, ColumnFacts>();
  for (const table of tables) {
    const { names } = await columnsOf(folder, table, reading);
    if (!names.some(mayBeSplit)) return undefined;
    await readFolderTable(
      folder,
      table,
      (columns) => {
        const own = columns.names.filter(mayBeSplit).map((name) => {
          const fact = facts.get(name) ?? new ColumnFacts(name);
          facts.set(name, fact);
          return [columns.index(name), fact] as const;
        });
        return ({ cells, line }) => {
          for (const [index, fact] of own) fact.add(cells[index]!, line);
        };
      },
      reading,
    );
  }
  return recognizeSplit([...facts.values()], tables[0]!, reading.notes);
}

function testRow({ id, group }: TestRow, path: string): ManifestRow {
  return {
    id,
    image: { kind: 'file', path },
    labels: {},
    group,
    weight: 1,
    provenance: { kind: 'true' },
  };
}
