import { join } from 'node:path';
import { writeMaskCompetition } from '@podium/dataset/testing';
import { type CaseFolder, lines, range } from '../cases/case-folder.ts';

const TRAIN = 24;
const TEST = 6;
const PETS = ['cat', 'dog'] as const;
const pet = (i: number): string => PETS[i % 2]!;
const train = range(TRAIN);
const tests = range(TEST);

/** A folder that leaves settings open, and what has to be told of them. */
interface OpenFolder {
  readonly what: string;
  readonly draw: (folder: CaseFolder) => Promise<void>;
  /** By setting: the value that is decided. */
  readonly tells?: Readonly<Record<string, RegExp>>;
  /** Settings that an error asks for, since nothing can be concluded. */
  readonly asks?: readonly string[];
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface OpenOptions {
  readonly folders: readonly OpenFolder[];
  /** Settings that never depend on the data where they are left open; the documented default holds. */
  readonly constant?: readonly string[];
}

/** Files in `train/` and `test/`, named by a number. */
async function images(folder: CaseFolder, name = (i: number): string => `${i}`): Promise<void> {
  for (const i of train) await folder.image(`train/${name(i)}.png`, i % 2, i);
  for (const i of tests) await folder.image(`test/${name(100 + i)}.png`, i % 2, 100 + i);
}

const rows = (row: (i: number) => string): string[] => train.map(row);
const asked = (row: (i: number) => string = (i) => `${100 + i},cat`): string =>
  lines('id,label', ...tests.map(row));

/** A file of MNIST's format with bytes. */
function idx(shape: readonly number[], value: (i: number) => number): Uint8Array {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 8, shape.length]);
  for (const [at, size] of shape.entries()) header.writeUInt32BE(size, 4 + 4 * at);
  const count = shape.reduce((product, size) => product * size);
  return Buffer.concat([header, Uint8Array.from(range(count).map(value))]);
}

/** Noise, light or dark by class. */
const shade = (i: number, k: number): number =>
  (i % 2 ? 180 : 20) + (Math.imul(i * 256 + k + 1, 2654435761) >>> 26);
const values = (i: number): string =>
  range(16)
    .map((k) => String(shade(i, k)))
    .join(',');
const PIXEL_HEADER = range(16)
  .map((k) => `pixel${k}`)
  .join(',');

/** For every layout: folders that leave its settings open. */
export const openOptions: Readonly<Record<string, OpenOptions>> = {
  csv: {
    constant: ['weight'],
    folders: [
      {
        what: 'tables of usual names',
        draw: async (folder) => {
          await images(folder);
          await folder.file('train.csv', lines('id,label', ...rows((i) => `${i},${pet(i)}`).slice(4)));
          await folder.file('val.csv', lines('id,label', ...rows((i) => `${i},${pet(i)}`).slice(0, 4)));
          await folder.file('test.csv', lines('id', ...tests.map((i) => String(100 + i))));
          await folder.file('sample_submission.csv', asked());
        },
        tells: {
          train: /^train\.csv$/,
          validation: /^val\.csv$/,
          test: /^test\.csv$/,
          sampleSubmission: /^sample_submission\.csv$/,
          id: /^id$/,
          labels: /^label$/,
          group: /^none$/,
        },
      },
      {
        what: 'a column of paths, of a split and of groups, and an index in the sample',
        draw: async (folder) => {
          await images(folder);
          await folder.file(
            'train.csv',
            lines(
              'id,file,label,person,usage',
              ...rows((i) => `r${i},train/${i}.png,${pet(i)},p${Math.floor(i / 3)},Train`),
              ...tests.map((i) => `r${100 + i},test/${100 + i}.png,,p${40 + i},Test`),
            ),
          );
          await folder.file(
            'sample_submission.csv',
            lines(',id,label', ...tests.map((i) => `${i},r${100 + i},cat`)),
          );
        },
        tells: { path: /^file$/, split: /usage/, group: /^person$/, sampleId: /^id$/ },
      },
      {
        what: 'lost zeros, and tables in UTF-16 with semicolons',
        draw: async (folder) => {
          await images(folder, (i) => String(i).padStart(5, '0'));
          const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');
          await folder.file('train.csv', utf16(lines('id;label', ...rows((i) => `${i};${pet(i)}`))));
          await folder.file(
            'sample_submission.csv',
            utf16(lines('id;label', ...tests.map((i) => `${100 + i};cat`))),
          );
        },
        tells: { pad: /^5$/, encoding: /^utf-16/, delimiter: /;|semicolon/ },
      },
      {
        what: 'bytes that are not UTF-8',
        draw: async (folder) => {
          await images(folder);
          const table = lines('id,label', ...rows((i) => `${i},${i % 2 ? 'Köter' : 'Kätzchen'}`));
          await folder.file('train.csv', Buffer.from(table, 'latin1'));
          await folder.file('sample_submission.csv', asked());
        },
        asks: ['encoding'],
      },
      {
        what: 'paths below a folder that is not here',
        draw: async (folder) => {
          for (const i of train) await folder.image(`train/${pet(i)}/${i >> 1}.png`, i % 2, i);
          for (const i of tests) await folder.image(`test/${pet(i)}/${i >> 1}.png`, i % 2, 100 + i);
          await folder.file(
            'train.csv',
            lines('id,label', ...rows((i) => `data/v1/train/${pet(i)}/${i >> 1}.png,${pet(i)}`)),
          );
          await folder.file(
            'sample_submission.csv',
            asked((i) => `data/v1/test/${pet(i)}/${i >> 1}.png,cat`),
          );
        },
        tells: { dropFolders: /^2$/ },
      },
      {
        what: 'the same names in two folders',
        draw: async (folder) => {
          await images(folder);
          for (const i of train) await folder.image(`thumbnails/${i}.png`, 1 - (i % 2), 300 + i);
          await folder.file('train.csv', lines('id,label', ...rows((i) => `${i},${pet(i)}`)));
          await folder.file('sample_submission.csv', asked());
        },
        asks: ['images'],
      },
      {
        what: 'a table without a header',
        draw: async (folder) => {
          await images(folder);
          await folder.file('train.csv', lines(...rows((i) => `${i}.png,${pet(i)}`)));
          await folder.file('sample_submission.csv', asked());
        },
        asks: ['header'],
      },
    ],
  },
  'file-names': {
    folders: [
      {
        what: 'classes in names',
        draw: async (folder) => {
          for (const i of train) await folder.image(`train/${pet(i)}.${i}.png`, i % 2, i);
          for (const i of tests) await folder.image(`test/${i}.png`, i % 2, 100 + i);
          await folder.file(
            'sample_submission.csv',
            lines(',id;label', ...tests.map((i) => `${i};cat`)).replace(',', ''),
          );
        },
        tells: {
          pattern: /./,
          head: /^label$/,
          classes: /2 classes|cat/,
          sampleSubmission: /^sample_submission\.csv$/,
          delimiter: /;|semicolon/,
        },
      },
    ],
  },
  folders: {
    folders: [
      {
        what: 'folders of usual names',
        draw: async (folder) => {
          for (const i of train)
            await folder.image(`${i < 6 ? 'val' : 'train'}/${pet(i)}/${i}.png`, i % 2, i);
          for (const i of tests) await folder.image(`test/${100 + i}.png`, i % 2, 100 + i);
          await folder.file('sample_submission.csv', asked());
        },
        tells: {
          train: /^train$/,
          validation: /^val$/,
          test: /^test$/,
          classes: /^2 classes$/,
          head: /^label$/,
          sampleSubmission: /^sample_submission\.csv$/,
        },
      },
    ],
  },
  idx: {
    folders: [
      {
        what: 'four files',
        draw: async (folder) => {
          for (const [name, count, start] of [
            ['train', TRAIN, 0],
            ['t10k', TEST, 100],
          ] as const) {
            await folder.file(
              `${name}-images-idx3-ubyte`,
              idx([count, 16, 16], (i) => shade(start + Math.floor(i / 256), i % 256)),
            );
            await folder.file(
              `${name}-labels-idx1-ubyte`,
              idx([count], (i) => i % 2),
            );
          }
        },
        tells: { head: /^label$/ },
      },
    ],
  },
  'person-folders': {
    folders: [
      {
        what: 'people with seven photographs each',
        draw: (folder) =>
          writeMaskCompetition(join(folder.path, 'data'), {
            people: 12,
            testPeople: 2,
            width: 48,
            height: 64,
          }),
        tells: {
          train: /^train\/train\.csv$/,
          info: /^eval\/info\.csv$/,
          ages: /^\[30,60\]$/,
          heads: /^joint$/,
        },
      },
    ],
  },
  pixels: {
    folders: [
      {
        what: 'tables of usual names',
        draw: async (folder) => {
          await folder.file(
            'train.csv',
            lines(`id,label,${PIXEL_HEADER}`, ...rows((i) => `${i},${pet(i)},${values(i)}`)),
          );
          await folder.file(
            'test.csv',
            lines(`id,${PIXEL_HEADER}`, ...tests.map((i) => `${100 + i},${values(100 + i)}`)),
          );
          await folder.file('sample_submission.csv', asked());
        },
        tells: {
          train: /^train\.csv$/,
          test: /^test\.csv$/,
          sampleSubmission: /^sample_submission\.csv$/,
          label: /^label$/,
          id: /^id$/,
          width: /^4$/,
          height: /^4$/,
          channels: /^1$/,
        },
      },
    ],
  },
};
