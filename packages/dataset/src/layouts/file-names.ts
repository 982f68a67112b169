import { PodiumError } from '@podium/core';
import { z } from 'zod';
import { tableReading } from '../folder/folder-tables.ts';
import { ImageIndex } from '../folder/image-index.ts';
import { stem } from '../folder/image-name.ts';
import type { CompetitionFolder } from '../folder/open-folder.ts';
import { hasRole, noteUnread, SAMPLE_TABLE } from '../folder/table-roles.ts';
import { sortClasses } from '../manifest/sort-classes.ts';
import type { ManifestRow } from '../manifest/types.ts';
import { namesImage, tellNames } from './csv/image-names.ts';
import { headName } from './csv/label-plan.ts';
import { listTestRows } from './csv/test-rows.ts';
import { type DatasetDescription, defineLayout, type Layout, type MissingImage } from './layout.ts';
import {
  differentTexts,
  padSetting,
  pattern,
  sampleSettings,
  tableSettings,
  text,
} from './layout-settings.ts';
import { Notes, OPTIONS } from './notes.ts';
import { findSample } from './sample.ts';

/** The class, then a number: `cat.0`, `american_bulldog_12`, `dog (3)`. */
const CLASS_AND_NUMBER = /^(.*\p{L}.*?)[\s._-]*\(?\d+\)?$/u;
/** What cameras and programs put before a number. */
const NO_CLASS =
  /^(img|image|images|dscn?|dscf|photo|pic(ture)?|frame|mvi|pxl|scan|screenshot|test|train|val|id|no|p)$/i;
const MIN_IMAGES = 2;

const settings = z.object({
  pattern: pattern()
    .optional()
    .describe('finds the class in a file name without extension; default: what comes before the number'),
  head: text().default('label').describe('name of the head'),
  classes: differentTexts()
    .optional()
    .describe("classes in the order of the model's outputs; default: those of the names, sorted"),
  ...sampleSettings,
  pad: padSetting,
  ...tableSettings,
});
type FileNameSettings = z.output<typeof settings>;

/**
 * Labels in the names of files, as in dogs-vs-cats: `train/cat.0.jpg`, `train/dog.1.jpg`, and test images without labels in
 * a folder of their own. Ids are the names of the files.
 */
export const fileNames: Layout = defineLayout({
  name: 'file-names',
  summary: 'labels in the names of image files: train/cat.0.jpg, train/dog.1.jpg',
  settings,
  detect: async (folder, given) => {
    // A table is a better source of labels.
    if (folder.tables.some((table) => !hasRole(table, SAMPLE_TABLE))) return { confidence: 0, evidence: [] };
    const { classes, unlabeled, train } = labelsOf(folder, given);
    const counts = [...classes.values()].map((paths) => paths.length);
    const isLikely = classes.size > 1 && unlabeled.length === 0 && Math.min(...counts) >= MIN_IMAGES;
    const isFlat = new Set(train.map((path) => path.slice(0, path.lastIndexOf('/') + 1))).size === 1;
    if (!isLikely || !isFlat) return { confidence: 0, evidence: [] };
    const [name, [example]] = [...classes][0] as [string, readonly string[]];
    const evidence = [
      `the names of ${train.length} images begin with ${classes.size} classes: ${example} with "${name}"`,
    ];
    return { confidence: 0.8, evidence };
  },
  read: (folder, given, { signal }) => read(folder, given, signal),
});

/** The training images, by their class. */
function labelsOf(
  folder: CompetitionFolder,
  { pattern: given }: FileNameSettings,
): {
  readonly train: readonly string[];
  readonly classes: ReadonlyMap<string, readonly string[]>;
  readonly unlabeled: readonly string[];
} {
  const index = new ImageIndex(folder.images, { train: undefined, test: undefined });
  const test = new Set(index.inFolder('test'));
  const named = index.inFolder('train');
  const train = named.length > 0 ? named : folder.images.filter((path) => !test.has(path));
  const classes = new Map<string, string[]>();
  const unlabeled: string[] = [];
  for (const path of train) {
    const name = stem(path.slice(path.lastIndexOf('/') + 1)).normalize('NFC');
    const match = (given ?? CLASS_AND_NUMBER).exec(name);
    const label = (match?.[1] ?? match?.[0] ?? '').trim();
    if (label === '' || (given === undefined && NO_CLASS.test(label))) unlabeled.push(path);
    else if (classes.get(label)?.push(path) === undefined) classes.set(label, [path]);
  }
  return { train, classes, unlabeled };
}

async function read(
  folder: CompetitionFolder,
  given: FileNameSettings,
  signal: AbortSignal | undefined,
): Promise<DatasetDescription> {
  const notes = new Notes();
  const reading = tableReading(folder, given, { notes, signal });
  const { train: paths, classes: found, unlabeled } = labelsOf(folder, given);
  const classes = given.classes ?? sortClasses(found.keys());
  if (classes.length === 0) noClasses(folder);
  if (given.pattern === undefined) {
    const [name, [example]] = [...found][0] as [string, readonly string[]];
    notes.decide(
      'pattern',
      CLASS_AND_NUMBER.source,
      `the class comes before the number: ${example} is "${name}"`,
    );
  }
  if (given.classes === undefined)
    notes.decide('classes', `${classes.length} classes`, 'all that file names have, sorted');
  for (const path of unlabeled) notes.omit('training rows', 'their file name has no class', path);
  const head = headName(given.head);
  const known = new Set(classes);
  const labelOf = new Map([...found].flatMap(([label, own]) => own.map((path) => [path, label] as const)));
  const train = paths.flatMap((path): ManifestRow[] => {
    const label = labelOf.get(path);
    if (label === undefined) return [];
    if (!known.has(label)) {
      notes.omit('images', `their class is not among ${OPTIONS}.classes`, path);
      return [];
    }
    return [row(path.slice(path.lastIndexOf('/') + 1), path, Object.fromEntries([[head, label]]))];
  });
  const index = new ImageIndex(folder.images, { train: undefined, test: undefined });
  const isId = (cell: string) => namesImage(index, cell.trim(), 'test');
  const sample = await findSample(folder, given, reading, { isId });
  const listed = train.map(({ id }) => ({ id }));
  const wanted = await listTestRows(
    folder,
    sample,
    () => undefined,
    index,
    { known: new Map(), train: listed, images: undefined },
    reading,
  );
  // Folders are not dropped: only csv has the setting.
  const { nameOf } = tellNames(
    wanted.map(({ cell }) => cell),
    { index, images: folder.images, split: 'test' },
    { pad: given.pad, dropFolders: 0 },
    notes,
  );
  index.reserve(
    wanted.map(({ cell }) => nameOf(cell)),
    'test',
  );
  const missing: MissingImage[] = [];
  const test = wanted.flatMap(({ id, cell, table, line }): ManifestRow[] => {
    const path = index.find(nameOf(cell), 'test', { file: table, line });
    if (path !== undefined) return [row(id, path, {})];
    missing.push({ id, split: 'test', table, line });
    notes.omit('test rows', 'the folder does not have their image', `${table}:${line} ${JSON.stringify(id)}`);
    return [];
  });
  const used = new Set([...train, ...test].map(({ image }) => image.path));
  const unlisted = folder.images.filter((path) => !used.has(path));
  for (const path of unlisted) {
    if (labelOf.has(path) || unlabeled.includes(path)) continue;
    notes.omit('images', 'they are neither training images nor asked for', path);
  }
  noteUnread(folder, new Set(sample === undefined ? [] : [sample.path]), notes);
  const kept = new Map([
    ['training rows', train.length],
    ['test rows', test.length],
    ['images', used.size],
    ['tables', sample === undefined ? 0 : 1],
  ]);
  return {
    layout: 'file-names',
    root: folder.root,
    heads: [{ name: head, task: 'single-label', classes }],
    train,
    test,
    ...(sample && { submission: sample }),
    missing,
    unlisted,
    ...notes.result(kept),
  };
}

function row(id: string, path: string, labels: Record<string, string>): ManifestRow {
  return { id, image: { kind: 'file', path }, labels, weight: 1, provenance: { kind: 'true' } };
}

function noClasses(folder: CompetitionFolder): never {
  throw new PodiumError({
    code: 'layout-no-classes',
    message: 'no file name has a class before a number',
    path: { file: folder.given },
    expected: 'names such as cat.0.jpg and dog.1.jpg',
    got: folder.images[0] ?? 'no image',
    fix: `set ${OPTIONS}.pattern: "^([a-z]+)", which finds the class in a name`,
  });
}
