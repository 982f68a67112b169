import { PodiumError } from '@podium/core';
import { z } from 'zod';
import { namedTable } from '../../folder/folder-tables.ts';
import { type ImageFolders, ImageIndex } from '../../folder/image-index.ts';
import { safePath } from '../../folder/image-name.ts';
import type { CompetitionFolder } from '../../folder/open-folder.ts';
import {
  findTable,
  hasRole,
  packedTables,
  SAMPLE_TABLE,
  severalTables,
  TEST_TABLE,
  TRAIN_TABLE,
  tablesOf,
  VALIDATION_TABLE,
} from '../../folder/table-roles.ts';
import {
  invalidSetting,
  padSetting,
  pathOrFalse,
  pattern,
  type SampleSettings,
  type SplitColumn,
  sampleSettings,
  splitSetting,
  type TableSettings,
  tableSettings,
  text,
} from '../layout-settings.ts';
import { type Notes, OPTIONS } from '../notes.ts';
import type { ImageNameSettings } from './image-names.ts';
import { type LabelPlan, labelPlans } from './label-plan.ts';

/** A value per row: a column, or what a pattern finds in its cells. */
export interface DerivedColumn {
  readonly column: string;
  readonly pattern?: RegExp | undefined;
}

const derivedColumn: z.ZodType<DerivedColumn | false> = z.union(
  [
    z.literal(false),
    text().transform((column) => ({ column })),
    z.object({ column: text(), pattern: pattern().optional() }),
  ],
  { error: 'a column, { column, pattern }, or false for none' },
);

/** The settings of the layout `csv`. */
export interface CsvSettings extends SampleSettings, TableSettings, ImageNameSettings {
  readonly train?: string | undefined;
  readonly validation?: string | false | undefined;
  readonly test?: string | false | undefined;
  readonly images?: string | { readonly train?: string; readonly test?: string } | undefined;
  readonly id?: string | undefined;
  readonly path?: string | undefined;
  readonly labels?: LabelPlan[] | undefined;
  readonly split?: SplitColumn | false | undefined;
  readonly group?: DerivedColumn | false | undefined;
  readonly weight?: string | undefined;
}

const shape: { readonly [Key in keyof Required<CsvSettings>]: z.ZodType<CsvSettings[Key]> } = {
  train: text()
    .optional()
    .describe('table with the labels; default: train.csv, labels.csv or the only table'),
  validation: pathOrFalse()
    .optional()
    .describe('table of more training rows, false for none; default: val.csv, if it has the same columns'),
  test: pathOrFalse()
    .optional()
    .describe('table of the test rows, false for none; default: test*.csv, if any'),
  ...sampleSettings,
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
  pad: padSetting,
  dropFolders: z
    .int()
    .min(0)
    .optional()
    .describe('leading folders of paths that are not in this folder; default: recognized'),
  labels: labelPlans
    .optional()
    .describe(
      'a label column; { name, column, separator, pattern, classes } or { column, kind: list }; { name, columns, kind, classes, ' +
        'values }, kind one-hot, multi-label or soft; { columns, kind: number, min, max, weights }; or a list; default: recognized',
    ),
  split: splitSetting,
  group: derivedColumn
    .optional()
    .describe(
      'column whose rows stay in one fold, { column, pattern }, or false for none; default: recognized',
    ),
  weight: text().optional().describe('column of row weights; default: all 1'),
  ...tableSettings,
};

export const csvSettings: z.ZodObject<typeof shape> = z.object(shape);

/** What the settings name, found in the folder. */
export interface CsvSources {
  readonly train: string;
  readonly validation: string | undefined;
  readonly test: string | undefined;
  readonly index: ImageIndex;
}

/**
 * Finds the tables and images of a folder, except for the sample submission.
 * @throws PodiumError `layout-settings` for a table or folder that does not exist, `layout-no-table`, and
 * `layout-several-tables`
 */
export function findSources(folder: CompetitionFolder, settings: CsvSettings, notes: Notes): CsvSources {
  const train = findTrain(folder, settings, notes);
  const optional = (role: typeof TEST_TABLE, value: string | false | undefined) => {
    if (value === false) return undefined;
    if (value !== undefined) return namedTable(folder, value, role.option);
    const found = findTable(folder, role);
    if (found !== undefined && found !== train) notes.decide(role.option, found, 'its name is usual');
    return found === train ? undefined : found;
  };
  return {
    train,
    // Whether a validation table is used also depends on its columns.
    validation: findValidation(folder, settings, train),
    test: optional(TEST_TABLE, settings.test),
    index: new ImageIndex(folder.images, imageFolders(folder, settings.images)),
  };
}

function findValidation(
  folder: CompetitionFolder,
  { validation }: CsvSettings,
  train: string,
): string | undefined {
  if (validation === false) return undefined;
  if (validation !== undefined) return namedTable(folder, validation, 'validation');
  const found = tablesOf(folder, VALIDATION_TABLE).filter((table) => table !== train);
  return found.length > 1 ? severalTables(VALIDATION_TABLE, found) : found[0];
}

function findTrain(folder: CompetitionFolder, { train }: CsvSettings, notes: Notes): string {
  if (train !== undefined) return namedTable(folder, train, 'train');
  const found = trainTables(folder);
  const [only] = found;
  if (only === undefined) return noTrainTable(folder);
  if (found.length > 1) return severalTables(TRAIN_TABLE, found);
  notes.decide('train', only, hasRole(only, TRAIN_TABLE) ? 'its name is usual' : 'no other table is left');
  return only;
}

/** The tables that may have the labels, alike. */
export function trainTables(folder: CompetitionFolder): readonly string[] {
  const found = tablesOf(folder, TRAIN_TABLE);
  if (found.length > 0) return found;
  const roles = [SAMPLE_TABLE, TEST_TABLE, VALIDATION_TABLE];
  const others = folder.tables.filter((file) => !roles.some((role) => hasRole(file, role)));
  return others.length > 0 ? others : tablesOf(folder, VALIDATION_TABLE);
}

function noTrainTable(folder: CompetitionFolder): never {
  const [packed] = packedTables(folder);
  throw new PodiumError({
    code: 'layout-no-table',
    message: 'no table has the labels',
    path: { file: folder.given },
    expected: 'train.csv, or a single table',
    got: packed ?? (folder.tables.length === 0 ? 'no table' : folder.tables.join(', ')),
    fix: packed === undefined ? `set ${OPTIONS}.train: labels.csv` : `unpack ${packed}`,
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
  option: string,
): string | undefined {
  if (path === undefined) return undefined;
  const safe = safePath(path, { key: `${OPTIONS}.${option}` });
  if (safe === '') return undefined;
  const image = folder.images.find((file) => file.normalize('NFC').startsWith(`${safe}/`));
  if (image === undefined) return invalidSetting(option, 'a folder with images', path);
  return image.split('/').slice(0, safe.split('/').length).join('/');
}
