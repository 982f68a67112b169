import { PodiumError } from '@podium/core';
import {
  columnsOf,
  readFolderTable,
  submissionFormat,
  type TableReading,
  UniqueIds,
} from '../folder/folder-tables.ts';
import { ImageIndex } from '../folder/image-index.ts';
import { stem } from '../folder/image-name.ts';
import type { CompetitionFolder } from '../folder/open-folder.ts';
import type { Head, ManifestRow } from '../manifest/types.ts';
import type { TableColumns } from '../tables/columns.ts';
import { chooseColumns, matchImages } from './csv/choose-columns.ts';
import {
  type CsvSettings,
  type CsvSources,
  csvSettings,
  type DerivedColumn,
  findSources,
  findTrainTable,
  RECOGNIZED_FOLDERS,
} from './csv/csv-settings.ts';
import { type LabelPlan, planColumns } from './csv/label-plan.ts';
import { labelReader, matched } from './csv/label-reader.ts';
import { planLabels } from './csv/plan-labels.ts';
import { possibleGroups } from './csv/possible-groups.ts';
import {
  type DatasetDescription,
  defineLayout,
  type Layout,
  type MissingImage,
  type ReadOptions,
  type SubmissionFormat,
} from './layout.ts';

/** A table with one row per image, and images anywhere in the folder. */
export const csv: Layout = defineLayout({
  name: 'csv',
  summary: 'a table with one row per image: id, label or labels; images anywhere in the folder',
  settings: csvSettings,
  detect: async (folder) => {
    const train = findTrainTable(folder);
    if (train === undefined || folder.images.length === 0) return { confidence: 0, evidence: [] };
    const columns = await columnsOf(folder, train).catch((error: unknown) => {
      if (error instanceof PodiumError) return error;
      throw error;
    });
    if (columns instanceof PodiumError) return { confidence: 0, evidence: [columns.message.split('\n')[0]!] };
    const matches = await matchImages(folder, train, new ImageIndex(folder.images, RECOGNIZED_FOLDERS), {});
    const best = matches.reduce((a, b) => (b.share > a.share ? b : a));
    const found = `${Math.round(best.share * 100)} % of the first rows of ${train} name an image in "${best.column}"`;
    return { confidence: best.share * 0.9, evidence: [found] };
  },
  read: (folder, settings, options) => read(folder, settings, options),
});

async function read(
  folder: CompetitionFolder,
  settings: CsvSettings,
  { signal }: ReadOptions,
): Promise<DatasetDescription> {
  const { encoding, delimiter } = settings;
  const sources = findSources(folder, settings);
  const reading = { encoding, delimiter, signal };
  const sample = sources.sample === undefined ? undefined : await submissionFormat(folder, sources.sample);
  const columns = await chooseColumns(folder, sources, settings, sample?.idColumn, reading);
  const { plans, heads } = await planLabels(folder, sources, settings, columns, sample, reading);
  const used = new Set([columns.id, columns.path, ...plans.flatMap(planColumns)]);
  const groups =
    settings.group === undefined ? await possibleGroups(folder, sources.train, used, reading) : [];
  const missing: MissingImage[] = [];
  const context = { folder, settings, sources, columns, reading, missing };
  const known = await readTestTable(context, sample);
  await reserveNames(context, known, sample);
  const train = await readTrain(context, plans, heads);
  const test = await readTest(context, train, known, sample);
  return {
    layout: 'csv',
    root: folder.root,
    heads,
    train,
    test,
    ...(sample && { submission: sample }),
    missing,
    unlisted: sources.index.unlisted(),
    decisions: sources.index.decisions('data.options.path'),
    ...(groups.length > 0 && { possibleGroups: groups }),
  };
}

interface Context {
  readonly folder: CompetitionFolder;
  readonly settings: CsvSettings;
  readonly sources: CsvSources;
  readonly columns: Awaited<ReturnType<typeof chooseColumns>>;
  readonly reading: TableReading;
  readonly missing: MissingImage[];
}

async function readTrain(
  { folder, settings, sources, columns: chosen, reading, missing }: Context,
  plans: readonly LabelPlan[],
  heads: readonly Head[],
): Promise<ManifestRow[]> {
  const rows: ManifestRow[] = [];
  const table = sources.train;
  const ids = new UniqueIds(table, chosen.id);
  await readFolderTable(
    folder,
    table,
    (columns) => {
      const [id, path] = [columns.index(chosen.id), columns.index(chosen.path)];
      const group = groupReader(settings.group, columns, table);
      const weight = settings.weight === undefined ? undefined : columns.index(settings.weight);
      const readers = plans.map((plan, k) => labelReader(plan, heads[k]!, columns, table));
      return ({ cells, line }) => {
        const rowId = cells[id]!.trim();
        ids.add(rowId, line);
        const image = sources.index.find(cells[path]!, 'train', {
          file: table,
          line,
          column: chosen.path,
        });
        if (image === undefined) {
          missing.push({ id: rowId, split: 'train', table, line });
          return;
        }
        const labels: Record<string, string | readonly string[]> = {};
        const softLabels: Record<string, readonly number[]> = {};
        for (const [k, reader] of readers.entries()) {
          const { label, soft } = reader(cells, line);
          const name = heads[k]!.name;
          if (label !== undefined) labels[name] = label;
          if (soft !== undefined) softLabels[name] = soft;
        }
        rows.push({
          id: rowId,
          image: { kind: 'file', path: image },
          labels,
          ...(Object.keys(softLabels).length > 0 && { softLabels }),
          ...(group && { group: group(cells, line) }),
          weight: weight === undefined ? 1 : weightOf(cells[weight]!, table, line, settings.weight!),
          provenance: { kind: 'true' },
        });
      };
    },
    reading,
  );
  return rows;
}

/** A row of the test table. */
interface TestRow {
  readonly path: string;
  readonly group: string | undefined;
  readonly line: number;
}

/** The rows of the test table by id; none without one. */
async function readTestTable(
  { folder, settings, sources, columns: chosen, reading }: Context,
  sample: SubmissionFormat | undefined,
): Promise<Map<string, TestRow>> {
  const known = new Map<string, TestRow>();
  const { test } = sources;
  if (test === undefined) return known;
  const columns = await columnsOf(folder, test);
  const idName = columns.has(chosen.id)
    ? chosen.id
    : sample && columns.has(sample.idColumn)
      ? sample.idColumn
      : columns.names[0]!;
  const ids = new UniqueIds(test, idName);
  await readFolderTable(
    folder,
    test,
    () => {
      const id = columns.index(idName);
      const path = columns.has(chosen.path) ? columns.index(chosen.path) : id;
      const group =
        settings.group && columns.has(settings.group.column)
          ? groupReader(settings.group, columns, test)
          : undefined;
      return ({ cells, line }) => {
        const rowId = cells[id]!.trim();
        ids.add(rowId, line);
        known.set(rowId, { path: cells[path]!, group: group?.(cells, line), line });
      };
    },
    reading,
  );
  return known;
}

/** Every name of an image is announced before the first is looked up: a guess must not take what another name means. */
async function reserveNames(
  { folder, sources, columns: chosen, reading }: Context,
  known: ReadonlyMap<string, TestRow>,
  sample: SubmissionFormat | undefined,
): Promise<void> {
  const { train, index } = sources;
  const names: string[] = [];
  await readFolderTable(
    folder,
    train,
    (columns) => {
      const path = columns.index(chosen.path);
      return ({ cells }) => names.push(cells[path]!);
    },
    reading,
  );
  index.reserve(names, 'train');
  if (sample === undefined) {
    index.reserve(
      [...known.values()].map(({ path }) => path),
      'test',
    );
    return;
  }
  const asked: string[] = [];
  await readFolderTable(folder, sample.path, (columns) => {
    const id = columns.index(sample.idColumn);
    return ({ cells }) => {
      const rowId = cells[id]!.trim();
      asked.push(known.get(rowId)?.path ?? rowId);
    };
  });
  index.reserve(asked, 'test');
}

async function readTest(
  { folder, sources, missing }: Context,
  train: readonly ManifestRow[],
  known: ReadonlyMap<string, TestRow>,
  sample: SubmissionFormat | undefined,
): Promise<ManifestRow[]> {
  const rows: ManifestRow[] = [];
  const { test, index } = sources;
  const add = (id: string, path: string, group: string | undefined, table: string, line: number) => {
    const image = index.find(path, 'test', { file: table, line });
    if (image === undefined) missing.push({ id, split: 'test', table, line });
    else rows.push(testRow(id, image, group));
  };
  if (sample !== undefined) {
    const ids = new UniqueIds(sample.path, sample.idColumn);
    await readFolderTable(folder, sample.path, (columns) => {
      const id = columns.index(sample.idColumn);
      return ({ cells, line }) => {
        const rowId = cells[id]!.trim();
        ids.add(rowId, line);
        const row = known.get(rowId);
        add(rowId, row?.path ?? rowId, row?.group, sample.path, line);
      };
    });
  } else if (test !== undefined) {
    for (const [id, { path, group, line }] of known) add(id, path, group, test, line);
  } else {
    // Ids have an extension if those of the training table have one.
    const withExtension = train.length > 0 && stem(train[0]!.id) !== train[0]!.id;
    for (const path of index.inFolder('test')) {
      const name = path.slice(path.lastIndexOf('/') + 1);
      rows.push(testRow(withExtension ? name : stem(name), path, undefined));
    }
  }
  return rows;
}

function testRow(id: string, path: string, group: string | undefined): ManifestRow {
  return {
    id,
    image: { kind: 'file', path },
    labels: {},
    group,
    weight: 1,
    provenance: { kind: 'true' },
  };
}

function groupReader(
  group: DerivedColumn | undefined,
  columns: TableColumns,
  table: string,
): ((cells: readonly string[], line: number) => string) | undefined {
  if (group === undefined) return undefined;
  const index = columns.index(group.column);
  return (cells, line) => {
    const where = { file: table, line, column: group.column };
    const text = cells[index]!.trim();
    if (group.pattern !== undefined) return matched(group.pattern, text, where);
    if (text !== '') return text;
    throw new PodiumError({
      code: 'layout-group',
      path: where,
      expected: 'a group',
      got: 'an empty cell',
      fix: 'fill the cell, with a unique value if the image belongs to no group',
    });
  };
}

function weightOf(cell: string, file: string, line: number, column: string): number {
  const value = cell.trim() === '' ? Number.NaN : Number(cell);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new PodiumError({
    code: 'layout-weight',
    path: { file, line, column },
    expected: 'a number above 0',
    got: JSON.stringify(cell),
    fix: 'correct the weight; to exclude the row, drop it from the table or with a patch',
  });
}
