import { PodiumError } from '@podium/core';
import { z } from 'zod';
import { readFolderTable, submissionFormat, UniqueIds } from '../folder/folder-tables.ts';
import { safePath, stem } from '../folder/image-name.ts';
import type { CompetitionFolder } from '../folder/open-folder.ts';
import { findTable, hasRole, SAMPLE_TABLE } from '../folder/table-roles.ts';
import { sortClasses } from '../manifest/sort-classes.ts';
import type { Head, ManifestRow } from '../manifest/types.ts';
import { type DatasetDescription, defineLayout, type Layout, type MissingImage } from './layout.ts';
import { differentTexts, invalidSetting, pathOrFalse, text } from './layout-settings.ts';

const TRAIN = /^(train(ing)?([-_](set|images?|data))?)$/i;
const TEST = /^(test(ing)?([-_](set|images?|data))?|eval(uation)?)$/i;
const VALIDATION = /^(val|valid|validation|dev)$/i;

interface Folders {
  /** With a trailing `/`; empty for the root. */
  readonly train: string;
  readonly validation: string | undefined;
  readonly test: string | undefined;
}

/**
 * One folder per class: `train/cat/1.jpg`, or `cat/1.jpg` in the root. Images of a validation folder join the training
 * rows, since folds are made again. The test folder may have class folders or not. Ids are paths inside the split's folder
 * (`cat/1.jpg`), or inside the root if there is a validation folder.
 */
export const folders: Layout = defineLayout({
  name: 'folders',
  summary: 'one folder per class, optionally inside train and test',
  settings: z.object({
    train: text()
      .optional()
      .describe('folder of the training images; default: recognized by name, else the root'),
    validation: pathOrFalse()
      .optional()
      .describe('folder of more training images, false for none; default: recognized by name'),
    test: pathOrFalse()
      .optional()
      .describe('folder of the test images, false for none; default: recognized by name'),
    head: text().default('label').describe('name of the head'),
    classes: differentTexts()
      .optional()
      .describe("classes in the order of the model's outputs; default: the folders, sorted"),
  }),
  detect: async (folder) => {
    const { train } = findFolders(folder);
    const classes = classFolders(folder, train);
    const inside = [...classes.values()].reduce((sum, count) => sum + count, 0);
    const all = folder.images.filter((path) => path.startsWith(train)).length;
    if (classes.size < 2 || all === 0) return { confidence: 0, evidence: [] };
    const evidence = [
      `${classes.size} folders with images in ${train === '' ? 'the root' : train}, such as ${[...classes.keys()][0]}`,
    ];
    const share = inside / all;
    // Tables are a better source of labels than folders, which may only distribute files.
    return {
      confidence: share * (folder.tables.some((table) => !hasRole(table, SAMPLE_TABLE)) ? 0.5 : 0.85),
      evidence,
    };
  },
  read: async (folder, { train, validation, test, head, classes }) => {
    const found = findFolders(folder);
    const places: Folders = {
      train: existingFolder(folder, train, 'train') ?? found.train,
      validation:
        validation === false
          ? undefined
          : (existingFolder(folder, validation, 'validation') ?? found.validation),
      test: test === false ? undefined : (existingFolder(folder, test, 'test') ?? found.test),
    };
    return read(folder, places, head, classes);
  },
});

async function read(
  folder: CompetitionFolder,
  places: Folders,
  headName: string,
  given: readonly string[] | undefined,
): Promise<DatasetDescription> {
  const classes = given ?? sortClasses(classFolders(folder, places.train).keys());
  if (classes.length === 0) {
    throw new PodiumError({
      code: 'layout-no-classes',
      message: 'there are no folders with images',
      path: { file: places.train === '' ? folder.given : places.train },
      expected: 'one folder per class, with its images inside',
      fix: 'set the option train to the folder that contains the class folders',
    });
  }
  const head: Head = { name: headName, task: 'single-label', classes };
  const known = new Set(classes);
  const train: ManifestRow[] = [];
  const test: ManifestRow[] = [];
  const unlisted: string[] = [];
  for (const path of folder.images) {
    const isTest = places.test !== undefined && path.startsWith(places.test);
    const isValidation = places.validation !== undefined && path.startsWith(places.validation);
    const place = isTest ? places.test : isValidation ? places.validation : places.train;
    if (place === undefined || !path.startsWith(place)) {
      unlisted.push(path);
      continue;
    }
    const rest = path.slice(place.length);
    const name = rest.includes('/') ? rest.slice(0, rest.indexOf('/')) : undefined;
    if (isTest) test.push(row(rest, path, name !== undefined && known.has(name) ? { [headName]: name } : {}));
    else if (name === undefined) unlisted.push(path);
    else if (known.has(name))
      train.push(row(places.validation === undefined ? rest : path, path, { [headName]: name }));
    else if (given === undefined && isValidation) unknownFolder(path, name, classes);
    else unlisted.push(path);
  }
  const sample = findTable(folder, SAMPLE_TABLE);
  const missing: MissingImage[] = [];
  const ordered = sample === undefined ? test : await inOrderOf(folder, sample, test, missing);
  return {
    layout: 'folders',
    root: folder.root,
    heads: [head],
    train,
    test: ordered,
    ...(sample !== undefined && { submission: await submissionFormat(folder, sample) }),
    missing,
    unlisted,
  };
}

/** Test rows with the ids and in the order of the sample submission. */
async function inOrderOf(
  folder: CompetitionFolder,
  sample: string,
  test: readonly ManifestRow[],
  missing: MissingImage[],
): Promise<ManifestRow[]> {
  const byId = new Map<string, ManifestRow>();
  for (const item of test) {
    const id = item.id.normalize('NFC');
    const name = id.slice(id.lastIndexOf('/') + 1);
    for (const key of [stem(name), name, stem(id), id]) byId.set(key, item);
  }
  const rows: ManifestRow[] = [];
  const { idColumn } = await submissionFormat(folder, sample);
  const ids = new UniqueIds(sample, idColumn);
  await readFolderTable(folder, sample, () => ({ cells, line }) => {
    const id = cells[0]!.trim();
    ids.add(id, line);
    const key = safePath(id, { file: sample, line, column: idColumn });
    const item = byId.get(key) ?? byId.get(stem(key));
    if (item === undefined) missing.push({ id, split: 'test', table: sample, line });
    else rows.push({ ...item, id });
  });
  return rows;
}

function row(id: string, path: string, labels: Record<string, string>): ManifestRow {
  return { id, image: { kind: 'file', path }, labels, weight: 1, provenance: { kind: 'true' } };
}

/** The direct subfolders of a place, with their numbers of images. */
function classFolders(folder: CompetitionFolder, place: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const path of folder.images) {
    if (!path.startsWith(place)) continue;
    const rest = path.slice(place.length);
    const cut = rest.indexOf('/');
    if (cut === -1) continue;
    const name = rest.slice(0, cut);
    if (place === '' && (TEST.test(name) || VALIDATION.test(name))) continue;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** Folders named like the splits, at any of the top levels: an archive may add a folder around them. */
function findFolders(folder: CompetitionFolder): Folders {
  const prefixes = new Set<string>();
  for (const path of folder.images) {
    const parts = path.split('/');
    for (let n = 1; n < Math.min(parts.length, 4); n++) prefixes.add(`${parts.slice(0, n).join('/')}/`);
  }
  const find = (pattern: RegExp) =>
    [...prefixes]
      .filter((prefix) => pattern.test(prefix.split('/').at(-2)!))
      .sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1))[0];
  const train = find(TRAIN);
  if (train !== undefined) return { train, validation: find(VALIDATION), test: find(TEST) };
  const tops = [...prefixes].filter((prefix) => prefix.split('/').length === 2);
  const only = tops.length === 1 && classFolders(folder, tops[0]!).size > 1;
  return { train: only ? tops[0]! : '', validation: undefined, test: find(TEST) };
}

function existingFolder(
  folder: CompetitionFolder,
  value: string | undefined,
  name: string,
): string | undefined {
  if (value === undefined) return undefined;
  const key = name;
  const path = safePath(value, { key: `data.options.${key}` });
  const prefix = path === '' ? '' : `${path}/`;
  const image = folder.images.find((file) => file.normalize('NFC').startsWith(prefix));
  if (image === undefined) return invalidSetting(key, 'a folder with images', value);
  return prefix === '' ? '' : `${image.split('/').slice(0, path.split('/').length).join('/')}/`;
}

function unknownFolder(path: string, name: string, classes: readonly string[]): never {
  throw new PodiumError({
    code: 'layout-label',
    message: 'this folder is not a class of the training folder',
    path: { file: path },
    expected: classes,
    got: JSON.stringify(name),
    fix: 'rename it, or list all classes in the option classes',
  });
}
