import { PodiumError } from '@podium/core';
import type { Head, ManifestRow } from '../manifest/types.ts';
import type { TableColumns } from '../tables/columns.ts';
import type { TableEncoding } from '../tables/encoding.ts';
import { possibleGroups } from './support/csv-groups.ts';
import { planLabels } from './support/csv-labels.ts';
import { chooseColumns, matchImages } from './support/csv-match.ts';
import {
  type CsvSettings,
  checkCsvSettings,
  type Derived,
  findTrain,
  NO_FOLDERS,
} from './support/csv-settings.ts';
import type { CompetitionFolder } from './support/folder.ts';
import { ImageIndex, stem } from './support/image-index.ts';
import { type LabelPlan, planColumns } from './support/label-plan.ts';
import { labelReader, matched } from './support/label-reader.ts';
import { columnsOf, readFolderTable, submissionFormat, UniqueIds } from './support/tables.ts';
import type {
  DatasetDescription,
  Layout,
  MissingImage,
  ReadOptions,
  SubmissionFormat,
} from './support/types.ts';

/**
 * A table with a row an image, and images anywhere in the folder. Settings, all optional:
 * - `train`, `test`, `sampleSubmission`: the tables; `test` and `sampleSubmission` may be `false`: there is none.
 * - `images`: the folder of all images, or `{ train, test }`.
 * - `id`, `path`: columns; `path` where the image is named by another column than the id.
 * - `labels`: see {@link labelPlans}; default: by looking at the sample submission and at the cells.
 * - `group`: a column, or `{ column, pattern }`; `weight`: a column.
 * - `encoding`, `delimiter`: of the tables.
 */
export const csv: Layout = {
  name: 'csv',
  summary: 'a table with a row an image: id, label or labels; images anywhere in the folder',
  detect: async (folder) => {
    const train = findTrain(folder);
    if (train === undefined || folder.images.length === 0) return { confidence: 0, evidence: [] };
    const columns = await columnsOf(folder, train).catch((error: unknown) => {
      if (error instanceof PodiumError) return error;
      throw error;
    });
    if (columns instanceof PodiumError) return { confidence: 0, evidence: [columns.message.split('\n')[0]!] };
    const matches = await matchImages(folder, train, new ImageIndex(folder.images, NO_FOLDERS), {});
    const best = matches.reduce((a, b) => (b.share > a.share ? b : a));
    const found = `${Math.round(best.share * 100)} % of the first rows of ${train} name an image in "${best.column}"`;
    return { confidence: best.share * 0.9, evidence: [found] };
  },
  read: async (folder, settings, options = {}) => read(folder, checkCsvSettings(folder, settings), options),
};

async function read(
  folder: CompetitionFolder,
  settings: CsvSettings,
  { signal }: ReadOptions,
): Promise<DatasetDescription> {
  const table = { encoding: settings.encoding, ...(settings.delimiter && { delimiter: settings.delimiter }) };
  const sample = settings.sample === undefined ? undefined : await submissionFormat(folder, settings.sample);
  const tableOptions = { ...table, ...(signal && { signal }) };
  const columns = await chooseColumns(folder, settings, sample?.idColumn, tableOptions);
  const { plans, heads } = await planLabels(folder, settings, columns, sample, tableOptions);
  const used = new Set([columns.id, columns.path, ...plans.flatMap(planColumns)]);
  const groups =
    settings.group === undefined ? await possibleGroups(folder, settings.train, used, tableOptions) : [];
  const missing: MissingImage[] = [];
  const train = await readTrain(folder, settings, columns, plans, heads, missing, tableOptions);
  const test = await readTest(folder, settings, columns, train, sample, missing, tableOptions);
  return {
    layout: 'csv',
    root: folder.root,
    heads,
    train,
    test,
    ...(sample && { submission: sample }),
    missing,
    unlisted: settings.index.unlisted(),
    ...(groups.length > 0 && { possibleGroups: groups }),
  };
}

type Chosen = Awaited<ReturnType<typeof chooseColumns>>;

async function readTrain(
  folder: CompetitionFolder,
  settings: CsvSettings,
  chosen: Chosen,
  plans: readonly LabelPlan[],
  heads: readonly Head[],
  missing: MissingImage[],
  options: { readonly encoding: TableEncoding; readonly delimiter?: string; readonly signal?: AbortSignal },
): Promise<ManifestRow[]> {
  const rows: ManifestRow[] = [];
  const table = settings.train;
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
        const image = settings.index.find(cells[path]!, 'train', {
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
    options,
  );
  return rows;
}

async function readTest(
  folder: CompetitionFolder,
  settings: CsvSettings,
  chosen: Chosen,
  train: readonly ManifestRow[],
  sample: SubmissionFormat | undefined,
  missing: MissingImage[],
  options: { readonly encoding: TableEncoding; readonly delimiter?: string; readonly signal?: AbortSignal },
): Promise<ManifestRow[]> {
  const rows: ManifestRow[] = [];
  const known = new Map<string, { path: string; group: string | undefined; line: number }>();
  const { test, index } = settings;
  if (test !== undefined) {
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
      options,
    );
  }
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
        const more = known.get(rowId);
        add(rowId, more?.path ?? rowId, more?.group, sample.path, line);
      };
    });
  } else if (test !== undefined) {
    for (const [id, { path, group, line }] of known) add(id, path, group, test, line);
  } else {
    // Ids look as the training table's do.
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
  group: Derived | undefined,
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
      expected: 'what the image belongs to',
      got: 'an empty cell',
      fix: 'fill it, with something of its own where the image belongs to nothing',
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
    fix: 'correct it; to leave a row out, drop it from the table or by a patch',
  });
}
