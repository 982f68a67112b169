import { PodiumError } from '@podium/core';
import { z } from 'zod';
import { readFolderTable, type TableReading, tableReading, UniqueIds } from '../folder/folder-tables.ts';
import { ImageIndex } from '../folder/image-index.ts';
import { safePath } from '../folder/image-name.ts';
import type { CompetitionFolder } from '../folder/open-folder.ts';
import { hasRole, noteUnread, SAMPLE_TABLE } from '../folder/table-roles.ts';
import { sortClasses } from '../manifest/sort-classes.ts';
import type { Head, ManifestRow } from '../manifest/types.ts';
import { tellNames } from './csv/image-names.ts';
import { findSplits, folded, type GivenSplits, type SplitFolders } from './folders/find-splits.ts';
import { type FolderNode, folderTree, nodeAt } from './folders/folder-tree.ts';
import {
  type DatasetDescription,
  defineLayout,
  type Layout,
  type MissingImage,
  type SubmissionFormat,
} from './layout.ts';
import {
  differentTexts,
  invalidSetting,
  padSetting,
  pathOrFalse,
  sampleSettings,
  tableSettings,
  text,
} from './layout-settings.ts';
import { Notes } from './notes.ts';
import { findSample } from './sample.ts';
import { UnclearSetting } from './unclear-setting.ts';

const settings = z.object({
  train: text()
    .optional()
    .describe(
      'folder of the training images, each folder in it a class; default: recognized by name, else the root',
    ),
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
  ...sampleSettings,
  pad: padSetting,
  ...tableSettings,
});
type FoldersSettings = z.output<typeof settings>;

/**
 * One folder per class: `train/cat/1.jpg`, or `cat/1.jpg` in the root. Images of a validation folder join the training
 * rows, since folds are made again. The test folder may have class folders or not. Ids are paths inside the split's folder
 * (`cat/1.jpg`), or inside the root if there is a validation folder.
 */
export const folders: Layout = defineLayout({
  name: 'folders',
  summary: 'one folder per class, optionally inside train and test',
  settings,
  detect: async (folder, given) => {
    // Tables are a better source of labels than folders, which may only distribute files.
    const trust = folder.tables.some((table) => !hasRole(table, SAMPLE_TABLE)) ? 0.5 : 0.85;
    const tree = folderTree(folder.images);
    let splits: SplitFolders;
    try {
      splits = findSplits(tree, givenSplits(folder, tree, given));
    } catch (error) {
      // Reading the folder asks which folder is meant.
      if (error instanceof UnclearSetting) return { confidence: trust, evidence: [error.problem.message!] };
      if (error instanceof PodiumError) return { confidence: 0, evidence: [] };
      throw error;
    }
    const classes = classFolders(tree, splits);
    const all = nodeAt(tree, splits.train)?.all ?? 0;
    if (classes.length < 2) return { confidence: 0, evidence: [] };
    const inside = classes.reduce((sum, node) => sum + node.all, 0);
    const place = splits.train === '' ? 'the root' : splits.train;
    const evidence = [`${classes.length} folders with images in ${place}, such as ${classes[0]!.name}`];
    return { confidence: (inside / all) * trust, evidence };
  },
  read: async (folder, given) => {
    const notes = new Notes();
    const tree = folderTree(folder.images);
    const splits = findSplits(tree, givenSplits(folder, tree, given), notes);
    const reading = tableReading(folder, given, { notes });
    return read({ folder, tree, splits, given, notes, reading });
  },
});

interface Context {
  readonly folder: CompetitionFolder;
  readonly tree: FolderNode;
  readonly splits: SplitFolders;
  readonly given: FoldersSettings;
  readonly notes: Notes;
  readonly reading: TableReading;
}

async function read(context: Context): Promise<DatasetDescription> {
  const { folder, splits, given, notes, reading } = context;
  const head: Head = { name: given.head, task: 'single-label', classes: classesOf(context) };
  const train = trainRows(context, head);
  const isTrain = new Set(train.map(({ image }) => image.path));
  const { test: place } = splits;
  const candidates = folder.images.filter((path) =>
    place === undefined ? !isTrain.has(path) : path.startsWith(place),
  );
  const index = new ImageIndex(
    candidates,
    { train: undefined, test: place?.slice(0, -1) },
    `set data.options.test to the right folder${place === undefined ? '' : ` in ${place}`}, or write the folder and the extension in the id`,
  );
  const isId = (cell: string) => {
    try {
      return index.find(cell, 'test', {}, true) !== undefined;
    } catch (error) {
      if (error instanceof PodiumError) return error.code === 'layout-ambiguous-image';
      throw error;
    }
  };
  const sample = await findSample(folder, given, reading, { isId });
  const missing: MissingImage[] = [];
  const test =
    sample === undefined
      ? place === undefined
        ? []
        : candidates.map((path) => row(path.slice(place.length), path, {}))
      : await rowsOfSample(context, sample, index, missing);
  const labeled = test.map((item) => withLabel(item, context, head));
  const used = new Set([...isTrain, ...test.map(({ image }) => image.path)]);
  const unlisted = folder.images.filter((path) => !used.has(path));
  for (const path of unlisted) noteUnlisted(path, context, sample);
  for (const { id, table, line, split } of missing)
    notes.omit(
      split === 'train' ? 'training rows' : 'test rows',
      'the folder does not have their image',
      `${table}:${line} ${JSON.stringify(id)}`,
    );
  noteUnread(folder, new Set(sample === undefined ? [] : [sample.path]), notes);
  const kept = new Map([
    ['images', used.size],
    ['test rows', test.length],
    ['class folders', head.classes.length],
    ['labels of test images', labeled.filter(({ labels }) => Object.keys(labels).length > 0).length],
    ['tables', sample === undefined ? 0 : 1],
  ]);
  return {
    layout: 'folders',
    root: folder.root,
    heads: [head],
    train,
    test: labeled,
    ...(sample && { submission: sample }),
    missing,
    unlisted,
    ...notes.result(kept),
  };
}

/** The classes as set, or all folders with images; also takes down folders without images. */
function classesOf({ folder, tree, splits, given, notes }: Context): readonly string[] {
  const nodes = classFolders(tree, splits);
  const classes = given.classes ?? sortClasses(nodes.map(({ name }) => name));
  if (classes.length === 0) {
    throw new PodiumError({
      code: 'layout-no-classes',
      message: 'there are no folders with images',
      path: { file: splits.train === '' ? folder.given : splits.train.slice(0, -1) },
      expected: 'one folder per class, with its images inside',
      fix: 'set data.options.train to the folder that contains the class folders, or data.layout to another layout if a table has the labels',
    });
  }
  const nested = nodes.flatMap(({ children }) => children);
  if (given.classes === undefined) {
    const count = nested.length === 1 ? '1 folder' : `${nested.length} folders`;
    const reason =
      nested.length === 0
        ? 'one per folder with images, sorted'
        : `${count} inside of class folders, such as ${nested[0]!.prefix.slice(0, -1)}, belong to these classes`;
    notes.decide('classes', `${classes.length} classes`, reason);
  }
  const filled = new Set(nodes.map(({ prefix }) => prefix));
  for (const path of folder.folders) {
    const rest = path.startsWith(splits.train) ? path.slice(splits.train.length) : '';
    const isOther = [splits.validation, splits.test].some((prefix) => prefix?.startsWith(`${path}/`));
    if (rest !== '' && !rest.includes('/') && !isOther && !filled.has(`${path}/`))
      notes.omit('class folders', 'they have no images', path);
  }
  return classes;
}

function trainRows({ folder, splits, given }: Context, head: Head): ManifestRow[] {
  const { train, validation, test } = splits;
  const known = new Set(head.classes);
  const rows: ManifestRow[] = [];
  for (const path of folder.images) {
    if (test !== undefined && path.startsWith(test)) continue;
    const isValidation = validation !== undefined && path.startsWith(validation);
    const place = isValidation ? validation : train;
    if (!path.startsWith(place)) continue;
    const rest = path.slice(place.length);
    const name = folderName(rest);
    if (name === undefined) continue;
    if (known.has(name)) rows.push(row(validation === undefined ? rest : path, path, { [head.name]: name }));
    else if (given.classes === undefined && isValidation) unknownFolder(path, name, head.classes);
  }
  return rows;
}

/** Test rows with the ids and in the order of the sample submission. */
async function rowsOfSample(
  { folder, given, notes, reading }: Context,
  sample: SubmissionFormat,
  index: ImageIndex,
  missing: MissingImage[],
): Promise<ManifestRow[]> {
  const asked: { id: string; line: number }[] = [];
  const ids = new UniqueIds(sample.path, sample.idColumn, 'sampleId');
  await readFolderTable(
    folder,
    sample.path,
    (columns) => {
      const at = columns.index(sample.idColumn);
      return ({ cells, line }) => {
        const id = cells[at]!.trim();
        ids.add(id, line);
        asked.push({ id, line });
      };
    },
    reading,
  );
  // Folders are not dropped: only csv has the setting.
  const { nameOf } = tellNames(
    asked.map(({ id }) => id),
    { index, images: folder.images, split: 'test' },
    { pad: given.pad, dropFolders: 0 },
    notes,
  );
  index.reserve(
    asked.map(({ id }) => nameOf(id)),
    'test',
  );
  const rows: ManifestRow[] = [];
  for (const { id, line } of asked) {
    const path = index.find(nameOf(id), 'test', { file: sample.path, line, column: sample.idColumn });
    if (path === undefined) missing.push({ id, split: 'test', table: sample.path, line });
    else rows.push(row(id, path, {}));
  }
  notes.add(index.decisions('data.options.test'));
  return rows;
}

/** A test row with the class of its folder, if the folder is one. */
function withLabel(item: ManifestRow, { splits, notes }: Context, head: Head): ManifestRow {
  const { path } = item.image;
  if (splits.test === undefined || !path.startsWith(splits.test)) return item;
  const name = folderName(path.slice(splits.test.length));
  if (name === undefined) return item;
  if (head.classes.includes(name)) return { ...item, labels: { [head.name]: name } };
  notes.omit('labels of test images', `the training images have no class of their folder's name`, path);
  return item;
}

function noteUnlisted(path: string, { splits, notes }: Context, sample: SubmissionFormat | undefined): void {
  const { train, validation, test } = splits;
  if (test !== undefined && path.startsWith(test)) {
    notes.omit('images', `${sample!.path} does not ask for them`, path);
    return;
  }
  const place = [validation, train].find((prefix) => prefix !== undefined && path.startsWith(prefix));
  if (place === undefined) notes.omit('images', 'they lie beside the folders of the splits', path);
  else if (folderName(path.slice(place.length)) === undefined)
    notes.omit('images', 'they lie in no class folder', path);
  else notes.omit('images', 'their folder is not among data.options.classes', path);
}

function row(id: string, path: string, labels: Record<string, string>): ManifestRow {
  return { id, image: { kind: 'file', path }, labels, weight: 1, provenance: { kind: 'true' } };
}

/** The first folder of a path, or undefined if it has none. */
function folderName(path: string): string | undefined {
  const cut = path.indexOf('/');
  return cut === -1 ? undefined : path.slice(0, cut);
}

/** The direct subfolders of the training folder, without those of other splits. */
function classFolders(tree: FolderNode, { train, validation, test }: SplitFolders): FolderNode[] {
  const isOther = ({ prefix }: FolderNode) =>
    [validation, test].some((other) => other?.startsWith(prefix) === true);
  return (nodeAt(tree, train)?.children ?? []).filter((node) => !isOther(node));
}

function givenSplits(
  folder: CompetitionFolder,
  tree: FolderNode,
  { train, validation, test }: FoldersSettings,
): GivenSplits {
  const prefixOf = (value: string, option: string) => {
    const path = safePath(value, { key: `data.options.${option}` });
    if (path === '') return '';
    const start = `${path}/`;
    const image = folder.images.find((file) => file.normalize('NFC').startsWith(start));
    if (image === undefined) return invalidSetting(option, 'a folder with images', value);
    const prefix = `${image.split('/').slice(0, path.split('/').length).join('/')}/`;
    return folded(nodeAt(tree, prefix)!).prefix;
  };
  const orFalse = (value: string | false | undefined, option: string) =>
    typeof value === 'string' ? prefixOf(value, option) : value;
  return {
    train: train === undefined ? undefined : prefixOf(train, 'train'),
    validation: orFalse(validation, 'validation'),
    test: orFalse(test, 'test'),
  };
}

function unknownFolder(path: string, name: string, classes: readonly string[]): never {
  throw new PodiumError({
    code: 'layout-label',
    message: 'this folder is not a class of the training folder',
    path: { file: path },
    expected: classes,
    got: JSON.stringify(name),
    fix: 'rename it; or list the classes in data.options.classes, to leave out other folders; or set data.options.validation: false',
  });
}
