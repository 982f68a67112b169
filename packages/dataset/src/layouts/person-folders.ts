import { PodiumError, type ProblemPath } from '@podium/core';
import { z } from 'zod';
import {
  columnsIfAny,
  columnsOf,
  namedTable,
  readFolderTable,
  submissionFormat,
  UniqueIds,
} from '../folder/folder-tables.ts';
import { ImageIndex } from '../folder/image-index.ts';
import { safePath } from '../folder/image-name.ts';
import { listNames } from '../folder/list-names.ts';
import type { CompetitionFolder } from '../folder/open-folder.ts';
import { findTable, type TableRole, tablesOf } from '../folder/table-roles.ts';
import type { Head, ManifestRow } from '../manifest/types.ts';
import { defineLayout, type Layout, type MissingImage, type SubmissionFormat } from './layout.ts';
import { text } from './layout-settings.ts';

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
  read: async (folder, { train: trainTable, info: infoTable, ages, heads }) => {
    const find = (value: string | undefined, role: TableRole) =>
      value === undefined ? findTable(folder, role) : namedTable(folder, value, role.option);
    const settings: PersonSettings = {
      train: find(trainTable, TRAIN_TABLE) ?? noTable(folder),
      ages,
      heads,
    };
    const info = find(infoTable, INFO_TABLE);
    const missing: MissingImage[] = [];
    const { train, unlisted } = await readPeople(folder, settings, missing);
    const submission = info === undefined ? undefined : await submissionFormat(folder, info);
    const remaining = new ImageIndex(unlisted, { train: undefined, test: undefined });
    const test = submission === undefined ? [] : await readInfo(folder, submission, remaining, missing);
    return {
      layout: 'person-folders',
      root: folder.root,
      heads: headsOf(settings),
      train,
      test,
      ...(submission && { submission }),
      missing,
      unlisted: remaining.unlisted(),
    };
  },
});

function noTable(folder: CompetitionFolder): never {
  throw new PodiumError({
    code: 'layout-no-table',
    path: { file: folder.given },
    expected: `train.csv with the columns ${COLUMNS.join(', ')}`,
    got: listNames(folder.tables) || 'no table',
    fix: 'set the option train',
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

/** Reads people by the name of their folder, then all photographs in one pass over the files. */
async function readPeople(
  folder: CompetitionFolder,
  settings: PersonSettings,
  missing: MissingImage[],
): Promise<{ train: ManifestRow[]; unlisted: string[] }> {
  const people = await readTrainTable(folder, settings);
  const photos = new Map<string, Map<string, string>>();
  const unlisted: string[] = [];
  for (const path of folder.images) {
    const parts = path.normalize('NFC').split('/');
    const place = parts.at(-2) ?? '';
    const photo = photoOf(path);
    if (photo === undefined || !people.has(place)) {
      unlisted.push(path);
      continue;
    }
    const personPhotos = photos.get(place) ?? new Map<string, string>();
    const before = personPhotos.get(photo);
    if (before !== undefined) {
      throw new PodiumError({
        code: 'layout-ambiguous-image',
        message: `this person has two images named ${photo}`,
        path: { file: path },
        got: `${before} and this file`,
        fix: 'remove one of them',
      });
    }
    photos.set(place, personPhotos.set(photo, path));
  }
  const names = ageNames(settings.ages);
  const train: ManifestRow[] = [];
  for (const [place, person] of people) {
    const personPhotos = photos.get(place) ?? new Map<string, string>();
    for (const photo of PHOTOS) {
      const path = personPhotos.get(photo);
      if (path === undefined) {
        missing.push({ id: `${place}/${photo}`, split: 'train', table: settings.train, line: person.line });
        continue;
      }
      train.push({
        id: `${place}/${path.slice(path.lastIndexOf('/') + 1)}`,
        image: { kind: 'file', path },
        labels: labelsOf(photo, person, names, settings.heads),
        group: person.id,
        weight: 1,
        provenance: { kind: 'true' },
      });
    }
  }
  return { train, unlisted };
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
): Promise<Map<string, Person>> {
  const people = new Map<string, Person>();
  const file = settings.train;
  const ids = new UniqueIds(file, 'path');
  await readFolderTable(folder, file, (columns) => {
    const [id, gender, , age, path] = COLUMNS.map((name) => columns.index(name)) as [
      number,
      number,
      number,
      number,
      number,
    ];
    return ({ cells, line }) => {
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
  });
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

async function readInfo(
  folder: CompetitionFolder,
  { path: file, idColumn }: SubmissionFormat,
  index: ImageIndex,
  missing: MissingImage[],
): Promise<ManifestRow[]> {
  const rows: ManifestRow[] = [];
  const ids = new UniqueIds(file, idColumn);
  const at = (await columnsOf(folder, file)).index(idColumn);
  await readFolderTable(folder, file, () => ({ cells, line }) => {
    const id = cells[at]!.trim();
    ids.add(id, line);
    const path = index.find(id, 'test', { file, line, column: idColumn });
    if (path === undefined) missing.push({ id, split: 'test', table: file, line });
    else
      rows.push({ id, image: { kind: 'file', path }, labels: {}, weight: 1, provenance: { kind: 'true' } });
  });
  return rows;
}

function photoOf(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]+$/, '');
  return PHOTOS.find((photo) => photo === name);
}
