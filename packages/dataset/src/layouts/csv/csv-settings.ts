import { PodiumError } from '@podium/core';
import { z } from 'zod';
import { namedTable } from '../../folder/folder-tables.ts';
import { type ImageFolders, ImageIndex } from '../../folder/image-index.ts';
import { safePath } from '../../folder/image-name.ts';
import { listNames } from '../../folder/list-names.ts';
import type { CompetitionFolder } from '../../folder/open-folder.ts';
import {
  findTable,
  hasRole,
  SAMPLE_TABLE,
  type TableRole,
  TEST_TABLE,
  TRAIN_TABLE,
} from '../../folder/table-roles.ts';
import { TABLE_ENCODINGS, type TableEncoding } from '../../tables/encoding.ts';
import { invalidSetting, pathOrFalse, pattern, text } from '../layout-settings.ts';
import { type LabelPlan, labelPlans } from './label-plan.ts';

/** A value per row: a column, or what a pattern finds in its cells. */
export interface DerivedColumn {
  readonly column: string;
  readonly pattern?: RegExp | undefined;
}

const derivedColumn: z.ZodType<DerivedColumn> = z.union(
  [text().transform((column) => ({ column })), z.object({ column: text(), pattern: pattern().optional() })],
  { error: 'a column, or { column, pattern }' },
);

/** The settings of the layout `csv`. */
export interface CsvSettings {
  readonly train?: string | undefined;
  readonly test?: string | false | undefined;
  readonly sampleSubmission?: string | false | undefined;
  readonly images?: string | { readonly train?: string; readonly test?: string } | undefined;
  readonly id?: string | undefined;
  readonly path?: string | undefined;
  readonly labels?: LabelPlan[] | undefined;
  readonly group?: DerivedColumn | undefined;
  readonly weight?: string | undefined;
  readonly encoding: TableEncoding;
  readonly delimiter?: string | undefined;
}

const shape: { readonly [Key in keyof Required<CsvSettings>]: z.ZodType<CsvSettings[Key]> } = {
  train: text()
    .optional()
    .describe('table with the labels; default: train.csv, labels.csv or the only table'),
  test: pathOrFalse()
    .optional()
    .describe('table of the test rows, false for none; default: test*.csv, if any'),
  sampleSubmission: pathOrFalse()
    .optional()
    .describe('sample submission, false for none; default: sample_submission.csv, if any'),
  images: z
    .union([text(), z.object({ train: text().optional(), test: text().optional() })], {
      error: 'a folder, or { train, test }',
    })
    .optional()
    .describe('folder of all images, or { train, test }; default: found by name'),
  id: text()
    .optional()
    .describe("column of ids; default: the sample submission's, or the one that names images"),
  path: text().optional().describe('column that names the images; default: the column of ids'),
  labels: labelPlans
    .optional()
    .describe(
      'a label column, or { name, column, separator, pattern, classes }, or { name, columns, kind, classes } with ' +
        'kind one-hot, multi-label or soft, or a list of these; default: recognized',
    ),
  group: derivedColumn
    .optional()
    .describe('column whose rows stay in one fold, or { column, pattern }; default: none'),
  weight: text().optional().describe('column of row weights; default: all 1'),
  encoding: z.enum(TABLE_ENCODINGS).default('utf-8').describe('encoding of the tables'),
  delimiter: text().optional().describe('delimiter of the tables; default: recognized'),
};

export const csvSettings: z.ZodObject<typeof shape> = z.object(shape);

/** What the settings name, found in the folder. */
export interface CsvSources {
  readonly train: string;
  readonly test: string | undefined;
  readonly sample: string | undefined;
  readonly index: ImageIndex;
}

/**
 * Finds the tables and images of a folder.
 * @throws PodiumError `layout-settings` for a table or folder that does not exist, `layout-no-table`
 */
export function findSources(folder: CompetitionFolder, settings: CsvSettings): CsvSources {
  const { train, test, sampleSubmission, images } = settings;
  const find = (value: string | false | undefined, role: TableRole) => {
    if (value === false) return undefined;
    return value === undefined ? findTable(folder, role) : namedTable(folder, value, role.option);
  };
  return {
    train:
      train === undefined
        ? (findTrainTable(folder) ?? noTrainTable(folder))
        : namedTable(folder, train, 'train'),
    test: find(test, TEST_TABLE),
    sample: find(sampleSubmission, SAMPLE_TABLE),
    index: new ImageIndex(folder.images, imageFolders(folder, images)),
  };
}

export function findTrainTable(folder: CompetitionFolder): string | undefined {
  const found = findTable(folder, TRAIN_TABLE);
  if (found !== undefined) return found;
  const others = folder.tables.filter((file) => !hasRole(file, SAMPLE_TABLE) && !hasRole(file, TEST_TABLE));
  return others.length === 1 ? others[0] : undefined;
}

function noTrainTable(folder: CompetitionFolder): never {
  throw new PodiumError({
    code: 'layout-no-table',
    message: 'it is unclear which table has the labels',
    path: { file: folder.given },
    expected: 'train.csv, or a single table',
    got: folder.tables.length === 0 ? 'no table' : listNames(folder.tables),
    fix: 'set the option train: "labels.csv"',
  });
}

/** Image folders that are found by name. */
export const RECOGNIZED_FOLDERS: ImageFolders = { train: undefined, test: undefined };

function imageFolders(folder: CompetitionFolder, images: CsvSettings['images']): ImageFolders {
  if (images === undefined) return RECOGNIZED_FOLDERS;
  if (typeof images === 'string') {
    const all = existingFolder(folder, images, 'images');
    return { train: all, test: all };
  }
  return {
    train: existingFolder(folder, images.train, 'images.train'),
    test: existingFolder(folder, images.test, 'images.test'),
  };
}

function existingFolder(
  folder: CompetitionFolder,
  path: string | undefined,
  key: string,
): string | undefined {
  if (path === undefined) return undefined;
  const safe = safePath(path, { key: `data.options.${key}` });
  if (safe === '') return undefined;
  const image = folder.images.find((file) => file.normalize('NFC').startsWith(`${safe}/`));
  if (image === undefined) return invalidSetting(key, 'a folder with images', path);
  return image.split('/').slice(0, safe.split('/').length).join('/');
}
