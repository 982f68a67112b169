import type { Case } from './case.ts';
import { type CaseFolder, lines, range } from './case-folder.ts';

const PETS = ['cat', 'dog', 'owl'] as const;
const pet = (i: number): string => PETS[i % 3]!;
const padded = (n: number): string => String(n).padStart(6, '0');

const COLLIDING: readonly (readonly [string, number])[] = [
  ['x.png', 0],
  ['x.png.jpg', 1],
  ['y.png', 2],
  ['y.png.jpg', 0],
  ['7.jpg', 1],
  ['7.png', 2],
  ['z.jpg', 0],
  ['z.jpg.png', 2],
];
const NUMBER_IDS: readonly string[] = [
  '1e5',
  '100000',
  '12345678901234567890',
  '12345678901234567891',
  '1.0',
  '1',
  '0x10',
  '16',
  '007',
  '7',
  '-0',
  '0',
  ...range(33).map((i) => `n${i}`),
];
const TEST_NUMBER_IDS: readonly string[] = [
  '2e5',
  '200000',
  '98765432109876543210',
  '2.0',
  '2',
  '0012',
  '12',
];

/** Ids and paths: which file a row means. */
export const idCases: readonly Case[] = [
  {
    name: 'i01-folders-stem-collision',
    draw: async (folder) => {
      for (const i of range(45)) await folder.image(`train/${pet(i)}/${i}.png`, i % 3, i);
      for (const [j, [name, kind]] of COLLIDING.entries())
        await folder.image(`test/${name}`, kind, 900 + j, name.endsWith('png') ? 'png' : 'jpeg');
      await folder.file(
        'sample_submission.csv',
        lines('id,label', ...COLLIDING.map(([name]) => `${name},cat`)),
      );
    },
    right: { submission: COLLIDING.map(([name, kind]) => [name, pet(kind)]) },
  },
  {
    name: 'i02-folders-test-ambiguous',
    draw: async (folder) => {
      for (const i of range(45)) await folder.image(`train/${pet(i)}/${i}.png`, i % 3, i);
      for (const i of range(3, 1)) {
        await folder.image(`test/a/${i}.png`, 0, 900 + i);
        await folder.image(`test/b/${i}.png`, 1, 950 + i);
      }
      await folder.file('sample_submission.csv', lines('id,label', '1,cat', '2,cat', '3,cat'));
    },
    right: { refused: [/test\/a\/1\.png/, /test\/b\/1\.png/] },
  },
  {
    name: 'i04-stem-steals',
    draw: async (folder) => {
      const name = (i: number) => `${'abcdefghijklmnopqrstuvwxyz0123'[i]}q`;
      for (const i of range(30)) await folder.image(`train/${name(i)}.jpg`, i % 3, i);
      await folder.file(
        'train.csv',
        lines(
          'id,label',
          ...range(30).map((i) => `${name(i)},${pet(i)}`),
          'aq.dog,dog',
          'bq.cat,cat',
          'cq.fox,dog',
        ),
      );
    },
    settings: { data: { leaveOut: 0.1 } },
    right: { rows: 30, told: [/3 of 33 training rows/, /aq\.dog/] },
  },
  {
    name: 'i27-number-ids',
    draw: async (folder) => {
      for (const [i, id] of NUMBER_IDS.entries()) await folder.image(`train/${id}.png`, i % 3, i);
      for (const [i, id] of TEST_NUMBER_IDS.entries()) await folder.image(`test/${id}.png`, i % 3, 800 + i);
      await folder.file('train.csv', lines('id,label', ...NUMBER_IDS.map((id, i) => `${id},${pet(i)}`)));
      await folder.file(
        'sample_submission.csv',
        lines('id,label', ...TEST_NUMBER_IDS.map((id) => `${id},cat`)),
      );
    },
    right: { rows: NUMBER_IDS.length, submission: TEST_NUMBER_IDS.map((id, i) => [id, pet(i)]) },
  },
  {
    name: 'j10-test-missing-wrong-ext',
    draw: async (folder) => {
      for (const i of range(45)) await folder.image(`train/${i}.jpg`, i % 3, i);
      for (const i of range(6)) await folder.image(`test/t${i}.jpg`, 0, 700 + i);
      for (const i of range(5)) await folder.image(`test/t${i}.png`, 1, 800 + i);
      await folder.file('train.csv', lines('id,label', ...range(45).map((i) => `${i}.jpg,${pet(i)}`)));
      await folder.file(
        'sample_submission.csv',
        lines('id,label', ...range(6).flatMap((i) => [`t${i}.jpg,cat`, `t${i}.png,cat`])),
      );
    },
    right: { refused: [/t5\.png/, /unpredicted/] },
  },
  {
    name: 'j16-url-encoded',
    draw: async (folder) => {
      for (const i of range(45)) await folder.image(`images/my cat ${i}.jpg`, i % 3, i);
      const url = (i: number) => `http://localhost:8080/data/upload/3/my%20cat%20${i}.jpg`;
      await folder.file(
        'project-1-at-2024.csv',
        lines('image,choice,id', ...range(45).map((i) => `"${url(i)}",${pet(i)},${i}`)),
      );
    },
    right: { classes: { choice: PETS }, rows: 45 },
  },
  {
    name: 'k01-most-rows-lost',
    source: 'sisinflab/Ducho#2',
    draw: async (folder) => {
      const number = (i: number) => i * 7 + (i > 45 ? 100000 : 0);
      for (const i of range(60)) await folder.image(`train/${padded(number(i))}.jpg`, i % 3, i);
      for (const i of range(6)) await folder.image(`test/${500000 + i}.jpg`, i % 3, 900 + i);
      await folder.file('train.csv', lines('id,label', ...range(60).map((i) => `${number(i)},${pet(i)}`)));
      await folder.file(
        'sample_submission.csv',
        lines('id,label', ...range(6).map((i) => `${500000 + i},cat`)),
      );
    },
    settings: { data: { layout: 'csv' } },
    right: {
      rows: 60,
      submission: range(6).map((i) => [String(500000 + i), pet(i)]),
      told: [/46 numbers lost their leading zeros/],
    },
  },
  {
    name: 'm10-mixed-ext-ids',
    source: 'keras-team/keras-preprocessing#88',
    draw: async (folder) => {
      const ids = new Map([
        [1, '1.jpg'],
        [3, '3.JPG'],
        [5, 'train/5.jpg'],
        [6, './train/6'],
      ]);
      for (const i of range(45)) await folder.image(`train/${i}.jpg`, i % 3, i);
      for (const i of range(3)) await folder.image(`test/t${i}.jpg`, i % 3, 700 + i);
      await folder.file(
        'train.csv',
        lines('id,label', ...range(45).map((i) => `${ids.get(i) ?? i},${pet(i)}`)),
      );
      await folder.file(
        'sample_submission.csv',
        lines('id,label', 't0.jpg,cat', 't1,cat', 'test/t2.jpg,cat'),
      );
    },
    right: {
      rows: 45,
      submission: [
        ['t0.jpg', 'cat'],
        ['t1', 'dog'],
        ['test/t2.jpg', 'owl'],
      ],
    },
  },
  {
    name: 's01-leading-zeros',
    source: 'fastai/fastai#1008',
    draw: async (folder) => {
      for (const i of range(36)) await folder.image(`train/${padded(i * 7)}.jpg`, i % 3, i);
      for (const i of range(6)) await folder.image(`test/${padded(501 + i)}.jpg`, i % 3, 900 + i);
      await folder.file(
        'train.csv',
        lines('id,label', ...range(36).map((i) => `${padded(i * 7)},${pet(i)}`)),
      );
      await folder.file(
        'sample_submission.csv',
        lines('id,label', ...range(6).map((i) => `${padded(501 + i)},cat`)),
      );
    },
    right: { rows: 36, submission: range(6).map((i) => [padded(501 + i), pet(i)]) },
  },
  {
    name: 's02-lost-zeros',
    source: 'fastai/fastai#1008',
    draw: async (folder) => {
      const number = (i: number) => i * 7 + (i > 30 ? 100000 : 0);
      for (const i of range(36)) await folder.image(`train/${padded(number(i))}.jpg`, i % 3, i);
      await folder.file('train.csv', lines('id,label', ...range(36).map((i) => `${number(i)},${pet(i)}`)));
    },
    right: { classes: { label: PETS }, rows: 36, told: [/31 numbers lost their leading zeros/] },
  },
  {
    name: 's19-nfd-names',
    draw: async (folder) => {
      const name = (i: number) => `été-ñ-한글${i}`;
      for (const i of range(36)) await folder.image(`train/${name(i).normalize('NFD')}.png`, i % 3, i);
      for (const i of range(6)) await folder.image(`test/${`über${i}`.normalize('NFC')}.png`, i % 3, 700 + i);
      await folder.file(
        'train.csv',
        lines('id,label', ...range(36).map((i) => `${name(i).normalize('NFC')},${pet(i)}`)),
      );
      await folder.file(
        'sample_submission.csv',
        lines('id,label', ...range(6).map((i) => `${`über${i}`.normalize('NFD')}.png,cat`)),
      );
    },
    right: {
      rows: 36,
      submission: range(6).map((i) => [`${`über${i}`.normalize('NFD')}.png`, pet(i)]),
    },
  },
  {
    name: 's20-backslashes',
    source: 'CellProfiler/CellProfiler#1385',
    draw: async (folder) => {
      for (const i of range(36)) await folder.image(`train/${pet(i)}/${Math.floor(i / 3)}.png`, i % 3, i);
      for (const i of range(6)) await folder.image(`test/${i}.png`, i % 3, 700 + i);
      const path = (i: number) => `${i % 2 ? '.\\' : ''}train\\${pet(i)}\\${Math.floor(i / 3)}.png`;
      await folder.file(
        'train.csv',
        lines('filepath,label', ...range(36).map((i) => `${path(i)},${pet(i)}`)),
      );
      await folder.file(
        'sample_submission.csv',
        lines('filepath,label', ...range(6).map((i) => `test\\${i}.png,cat`)),
      );
    },
    right: { rows: 36, submission: range(6).map((i) => [`test\\${i}.png`, pet(i)]) },
  },
  {
    name: 's30-upper-ext',
    source: 'keras-team/keras-preprocessing#92',
    draw: async (folder) => {
      const place = 'March 29 2018/Top view_1-2';
      const extension = (i: number) => ['.JPG', '.Jpeg', '.PNG'][Math.floor(i / 3) % 3]!;
      for (const i of range(36)) await folder.image(`${place}/IMG_${i}${extension(i)}`, i % 3, i);
      const cell = (i: number) => (extension(i) === '.PNG' ? '' : extension(i).toLowerCase());
      await folder.file(
        'labels.csv',
        lines('filename,cats', ...range(36).map((i) => `${place}/IMG_${i}${cell(i)},${pet(i)}`)),
      );
    },
    right: { classes: { cats: PETS }, rows: 36 },
  },
  {
    name: 's32-missing-image-cells',
    source: 'autogluon/autogluon#4892',
    draw: drawMissingCells,
    right: { refused: [/9 of 36 training rows|25 %/, /leaveOut/] },
  },
  {
    name: 's32b-missing-image-cells-allowed',
    source: 'autogluon/autogluon#4892',
    draw: drawMissingCells,
    settings: { data: { leaveOut: 0.3 } },
    right: { rows: 27, told: [/9 of 36 training rows|2 of 36|3 of 36|6 of 36/, /train\.csv:5/] },
  },
];

/** Two empty image cells, one `nan`, and six images that are not there. */
async function drawMissingCells(folder: CaseFolder): Promise<void> {
  for (const i of range(36)) if (i % 6 !== 5) await folder.image(`train/im${i}.png`, i % 3, i);
  const cell = (i: number) => (i === 3 || i === 4 ? '' : i === 7 ? 'nan' : `im${i}.png`);
  await folder.file(
    'train.csv',
    lines('id,image,label', ...range(36).map((i) => `${i},${cell(i)},${pet(i)}`)),
  );
}
