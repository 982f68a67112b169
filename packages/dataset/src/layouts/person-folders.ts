import { PodiumError, type ProblemPath } from '@podium/core';
import { z } from 'zod';
import {
  columnsIfAny,
  namedTable,
  readFolderTable,
  submissionFormat,
  type TableReading,
  tableReading,
  UniqueIds,
} from '../folder/folder-tables.ts';
import { ImageIndex } from '../folder/image-index.ts';
import { safePath } from '../folder/image-name.ts';
import { listNames } from '../folder/list-names.ts';
import type { CompetitionFolder } from '../folder/open-folder.ts';
import { findTable, noteUnread, type TableRole, tablesOf } from '../folder/table-roles.ts';
import type { Head, ManifestRow } from '../manifest/types.ts';
import type { TableColumns } from '../tables/columns.ts';
import type { TableRow } from '../tables/read-table.ts';
import { defineLayout, type Layout, type MissingImage, type SubmissionFormat } from './layout.ts';
import { tableSettings, text } from './layout-settings.ts';
import { Notes } from './notes.ts';

const COLUMNS = ['id', 'gender', 'race', 'age', 'path'] as const;
const MASKS = ['mask', 'incorrect', 'normal'] as const;
const GENDERS = ['male', 'female'] as const;
const PHOTOS = ['mask1', 'mask2', 'mask3', 'mask4', 'mask5', 'incorrect_mask', 'normal'] as const;
const MAX_AGE = 150;

const TRAIN_TABLE: TableRole = {
  option: 'train',
  has: 'the training people',
  names: [/^train\.csv$/i],
  optional: false,
};
const INFO_TABLE: TableRole = {
  option: 'info',
  has: 'the test images',
  names: [/^info\.csv$/i],
  optional: false,
};

const HEADS = ['joint', 'separate', 'both'] as const;

interface PersonSettings {
  /** The table of training people. */
  readonly train: string;
  readonly ages: readonly number[];
  readonly heads: (typeof HEADS)[number];
}

interface Person {
  readonly id: string;
  readonly gender: (typeof GENDERS)[number];
  readonly ageGroup: number;
  readonly line: number;
}

/**
 * The face-mask competition: `train.csv` with `id,gender,race,age,path`, one folder per person (`000001_female_Asian_45`)
 * with `mask1` to `mask5`, `incorrect_mask` and `normal`, and `info.csv` with the test images. The person is the group.
 * The joint class is `mask * 2 * A + gender * A + age group` for A age groups: 18 classes for the usual three.
 */
export const personFolders: Layout = defineLayout({
  name: 'person-folders',
  summary: 'the face-mask competition: one folder per person, with seven photographs',
  settings: z.object({
    train: text().optional().describe('table of the training people; default: train.csv'),
    info: text().optional().describe('table of the test images; default: info.csv, if any'),
    ages: z
      .array(z.int())
      .refine((ages) => ages.every((age, i) => age > (ages[i - 1] ?? 0)), {
        error: 'whole numbers above 0 in ascending order, such as [30, 60]',
      })
      .default([30, 60])
      .describe('first age of every age group except the first'),
    heads: z
      .enum(HEADS)
      .default('joint')
      .describe('joint: one head "class"; separate: heads "mask", "gender" and "age"; both: all four'),
    ...tableSettings,
  }),
  detect: async (folder) => {
    const [train] = tablesOf(folder, TRAIN_TABLE);
    const columns = await columnsIfAny(folder, train);
    if (columns === undefined || !COLUMNS.every((name) => columns.has(name)))
      return { confidence: 0, evidence: [] };
    const photos = folder.images.filter((path) => photoOf(path) !== undefined).length;
    const evidence = [`${train} has the columns ${COLUMNS.join(', ')}`];
    if (photos === 0) return { confidence: 0.3, evidence };
    return { confidence: 0.98, evidence: [...evidence, `${photos} images are named mask1 to normal`] };
  },
  read: async (folder, { train: trainTable, info: infoTable, ages, heads, ...tables }) => {
    const notes = new Notes();
    const reading = tableReading(folder, tables, { notes });
    const find = (value: string | undefined, role: TableRole) => {
      if (value !== undefined) return namedTable(folder, value, role.option);
      const found = findTable(folder, role);
      if (found !== undefined) notes.decide(role.option, found, 'its name is usual');
      return found;
    };
    const settings: PersonSettings = {
      train: find(trainTable, TRAIN_TABLE) ?? noTable(folder),
      ages,
      heads,
    };
    const info = find(infoTable, INFO_TABLE);
    const people = await readTrainTable(folder, settings, reading);
    const submission =
      info === undefined ? undefined : await submissionFormat(folder, info, undefined, reading);
    const asked = submission === undefined ? [] : await readInfo(folder, submission, reading);
    const index = new ImageIndex(
      folder.images,
      { train: undefined, test: undefined },
      'rename or remove the others: each id has one image',
    );
    index.reserve(
      [...people.keys()].flatMap((place) => PHOTOS.map((photo) => photoName(place, photo))),
      'train',
    );
    index.reserve(
      asked.map(({ id }) => id),
      'test',
    );
    const missing: MissingImage[] = [];
    const train = trainRows(people, settings, index, missing);
    const test = submission === undefined ? [] : testRows(asked, submission, index, missing);
    for (const { id, split, table, line } of missing)
      notes.omit(
        split === 'train' ? 'training rows' : 'test rows',
        'the folder does not have their image',
        `${table}:${line} ${JSON.stringify(id)}`,
      );
    const unlisted = index.unlisted();
    for (const path of unlisted) notes.omit('images', 'no row names them', path);
    noteUnread(folder, new Set([settings.train, ...(info === undefined ? [] : [info])]), notes);
    notes.add(index.decisions('data.options.train'));
    const kept = new Map([
      ['training rows', train.length],
      ['test rows', test.length],
      ['images', folder.images.length - unlisted.length],
      ['tables', info === undefined ? 1 : 2],
    ]);
    return {
      layout: 'person-folders',
      root: folder.root,
      heads: headsOf(settings),
      train,
      test,
      ...(submission && { submission }),
      missing,
      unlisted,
      ...notes.result(kept),
    };
  },
});

function noTable(folder: CompetitionFolder): never {
  throw new PodiumError({
    code: 'layout-no-table',
    path: { file: folder.given },
    expected: `train.csv with the columns ${COLUMNS.join(', ')}`,
    got: listNames(folder.tables) || 'no table',
    fix: 'set data.options.train to the table of training people',
  });
}

function headsOf({ ages, heads }: PersonSettings): Head[] {
  const names = ageNames(ages);
  const count = MASKS.length * GENDERS.length * names.length;
  const joint: Head = {
    name: 'class',
    task: 'single-label',
    classes: Array.from({ length: count }, (_, k) => String(k)),
  };
  const separate: Head[] = [
    { name: 'mask', task: 'single-label', classes: MASKS },
    { name: 'gender', task: 'single-label', classes: GENDERS },
    { name: 'age', task: 'single-label', classes: names },
  ];
  return heads === 'joint' ? [joint] : heads === 'separate' ? separate : [joint, ...separate];
}

/** `<30`, `30-59`, `>=60`. */
function ageNames(ages: readonly number[]): string[] {
  if (ages.length === 0) return ['any'];
  return [`<${ages[0]}`, ...ages.slice(1).map((age, i) => `${ages[i]}-${age - 1}`), `>=${ages.at(-1)}`];
}

/** Without its extension, which differs from person to person. */
function photoName(place: string, photo: string): string {
  return `${place}/${photo}`;
}

function trainRows(
  people: ReadonlyMap<string, Person>,
  { train: table, ages, heads }: PersonSettings,
  index: ImageIndex,
  missing: MissingImage[],
): ManifestRow[] {
  const names = ageNames(ages);
  const rows: ManifestRow[] = [];
  for (const [place, person] of people) {
    for (const photo of PHOTOS) {
      const name = photoName(place, photo);
      const { line } = person;
      const path = index.find(name, 'train', { file: table, line, column: 'path' });
      if (path === undefined) {
        missing.push({ id: name, split: 'train', table, line });
        continue;
      }
      rows.push({
        id: `${place}/${path.slice(path.lastIndexOf('/') + 1)}`,
        image: { kind: 'file', path },
        labels: labelsOf(photo, person, names, heads),
        group: person.id,
        weight: 1,
        provenance: { kind: 'true' },
      });
    }
  }
  return rows;
}

function labelsOf(
  photo: string,
  { gender, ageGroup }: Person,
  ages: readonly string[],
  heads: PersonSettings['heads'],
): Record<string, string> {
  const mask = photo === 'normal' ? 2 : photo === 'incorrect_mask' ? 1 : 0;
  const joint = (mask * GENDERS.length + GENDERS.indexOf(gender)) * ages.length + ageGroup;
  return {
    ...(heads !== 'separate' && { class: String(joint) }),
    ...(heads !== 'joint' && { mask: MASKS[mask] as string, gender, age: ages[ageGroup]! }),
  };
}

async function readTrainTable(
  folder: CompetitionFolder,
  settings: PersonSettings,
  reading: TableReading,
): Promise<Map<string, Person>> {
  const people = new Map<string, Person>();
  const file = settings.train;
  const ids = new UniqueIds(file, 'path');
  const begin = (columns: TableColumns) => {
    const [id, gender, , age, path] = COLUMNS.map((name) => columns.index(name)) as [
      number,
      number,
      number,
      number,
      number,
    ];
    return ({ cells, line }: TableRow) => {
      const given = safePath(cells[path]!, { file, line, column: 'path' });
      const place = given.slice(given.lastIndexOf('/') + 1);
      ids.add(place, line);
      people.set(place, {
        id: cells[id]!.trim(),
        gender: genderOf(cells[gender]!, { file, line, column: 'gender' }),
        ageGroup: ageGroupOf(cells[age]!, settings.ages, { file, line, column: 'age' }),
        line,
      });
    };
  };
  await readFolderTable(folder, file, begin, reading);
  return people;
}

function genderOf(cell: string, path: ProblemPath): Person['gender'] {
  const found = GENDERS.find((name) => name === cell.trim().toLowerCase());
  if (found !== undefined) return found;
  throw new PodiumError({
    code: 'layout-label',
    path,
    expected: GENDERS,
    got: JSON.stringify(cell),
    fix: 'correct the cell',
  });
}

function ageGroupOf(cell: string, ages: readonly number[], path: ProblemPath): number {
  const age = /^\s*\d+(\.\d+)?\s*$/.test(cell) ? Number(cell) : Number.NaN;
  if (age <= MAX_AGE) return ages.filter((from) => age >= from).length;
  throw new PodiumError({
    code: 'layout-label',
    path,
    expected: `an age in years, from 0 to ${MAX_AGE}`,
    got: JSON.stringify(cell),
    fix: 'correct the cell',
  });
}

/** The ids of the test images, with their lines. */
async function readInfo(
  folder: CompetitionFolder,
  { path: file, idColumn }: SubmissionFormat,
  reading: TableReading,
): Promise<{ readonly id: string; readonly line: number }[]> {
  const asked: { id: string; line: number }[] = [];
  const ids = new UniqueIds(file, idColumn);
  const begin = (columns: TableColumns) => {
    const at = columns.index(idColumn);
    return ({ cells, line }: TableRow) => {
      const id = cells[at]!.trim();
      ids.add(id, line);
      asked.push({ id, line });
    };
  };
  await readFolderTable(folder, file, begin, reading);
  return asked;
}

function testRows(
  asked: readonly { readonly id: string; readonly line: number }[],
  { path: table, idColumn }: SubmissionFormat,
  index: ImageIndex,
  missing: MissingImage[],
): ManifestRow[] {
  return asked.flatMap(({ id, line }): ManifestRow[] => {
    const path = index.find(id, 'test', { file: table, line, column: idColumn });
    if (path !== undefined)
      return [{ id, image: { kind: 'file', path }, labels: {}, weight: 1, provenance: { kind: 'true' } }];
    missing.push({ id, split: 'test', table, line });
    return [];
  });
}

function photoOf(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]+$/, '');
  return PHOTOS.find((photo) => photo === name);
}
