import { PodiumError } from '@podium/core';
import { TABLE_ENCODINGS, type TableEncoding } from '../../tables/encoding.ts';
import type { CompetitionFolder } from './folder.ts';
import { type ImageFolders, ImageIndex, safePath } from './image-index.ts';
import { type LabelPlan, labelPlans } from './label-plan.ts';
import { listed } from './listed.ts';
import { Settings, settingsFail } from './settings.ts';
import { findTable, namedTable, SAMPLE } from './tables.ts';

const TRAIN_TABLES = [/^train\.(csv|tsv)$/i, /^(train[-_]?labels|labels|train.*)\.(csv|tsv)$/i];
const TEST_TABLE = /^test[^/]*\.(csv|tsv)$/i;

/** A column, or what a pattern finds in its cells. */
export interface Derived {
  readonly column: string;
  readonly pattern: RegExp | undefined;
}

/** The settings of the layout `csv`, checked, with tables found. */
export interface CsvSettings {
  readonly train: string;
  readonly test: string | undefined;
  readonly sample: string | undefined;
  readonly index: ImageIndex;
  readonly id: string | undefined;
  readonly path: string | undefined;
  readonly labels: LabelPlan[] | undefined;
  readonly group: Derived | undefined;
  readonly weight: string | undefined;
  readonly encoding: TableEncoding;
  readonly delimiter: string | undefined;
}

export const NO_FOLDERS: ImageFolders = { train: undefined, test: undefined };

export function checkCsvSettings(folder: CompetitionFolder, values: unknown): CsvSettings {
  const settings = new Settings(values, 'csv');
  const encoding = settings.oneOf('encoding', TABLE_ENCODINGS) ?? 'utf-8';
  const result = {
    train: tableSetting(folder, settings, 'train') ?? findTrain(folder) ?? noTrain(folder),
    test: tableSetting(folder, settings, 'test', TEST_TABLE),
    sample: tableSetting(folder, settings, 'sampleSubmission', SAMPLE),
    index: new ImageIndex(folder.images, imageFolders(folder, settings)),
    id: settings.text('id'),
    path: settings.text('path'),
    labels: labelPlans(settings.raw('labels'), settings.key('labels')),
    group: derived(settings, 'group'),
    weight: settings.text('weight'),
    encoding,
    delimiter: settings.text('delimiter'),
  };
  settings.done();
  return result;
}

export function findTrain(folder: CompetitionFolder): string | undefined {
  for (const pattern of TRAIN_TABLES) {
    const found = findTable(folder, pattern);
    if (found !== undefined) return found;
  }
  const others = folder.tables.filter((file) => {
    const name = file.slice(file.lastIndexOf('/') + 1);
    return !SAMPLE.test(name) && !TEST_TABLE.test(name);
  });
  return others.length === 1 ? others[0] : undefined;
}

function noTrain(folder: CompetitionFolder): never {
  throw new PodiumError({
    code: 'layout-no-table',
    message: 'it is not clear which table has the labels',
    path: { file: folder.given },
    expected: 'train.csv, or the only table of the folder',
    got: folder.tables.length === 0 ? 'no table' : listed(folder.tables),
    fix: 'name it in the settings: train: "labels.csv"',
  });
}

function tableSetting(
  folder: CompetitionFolder,
  settings: Settings,
  name: string,
  pattern?: RegExp,
): string | undefined {
  if (pattern !== undefined && settings.raw(name) === false) return undefined;
  const value = settings.text(name);
  if (value !== undefined) return namedTable(folder, value, settings.key(name));
  return pattern === undefined ? undefined : findTable(folder, pattern);
}

function imageFolders(folder: CompetitionFolder, settings: Settings): ImageFolders {
  const value = settings.raw('images');
  if (value === undefined) return NO_FOLDERS;
  const parts =
    typeof value === 'string' ? { train: value, test: value } : new Settings(value, settings.key('images'));
  const named = parts instanceof Settings ? { train: parts.text('train'), test: parts.text('test') } : parts;
  if (parts instanceof Settings) parts.done();
  const check = (path: string | undefined): string | undefined => {
    if (path === undefined) return undefined;
    const safe = safePath(path, { key: settings.key('images') });
    if (safe === '') return undefined;
    const real = folder.images.find((file) => file.normalize('NFC').startsWith(`${safe}/`));
    if (real === undefined) settingsFail(settings.key('images'), 'a folder with images in it', path);
    return real.split('/').slice(0, safe.split('/').length).join('/');
  };
  return { train: check(named.train), test: check(named.test) };
}

function derived(settings: Settings, name: string): Derived | undefined {
  const value = settings.raw(name);
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '') return { column: value, pattern: undefined };
  const inner = new Settings(value, settings.key(name));
  const result = { column: inner.text('column'), pattern: inner.pattern('pattern') };
  inner.done();
  if (result.column === undefined) settingsFail(settings.key(`${name}.column`), 'a column', result.column);
  return { column: result.column, pattern: result.pattern };
}
