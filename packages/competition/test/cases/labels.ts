import type { Case } from './case.ts';
import { type CaseFolder, lines, range } from './case-folder.ts';

const PETS = ['cat', 'dog', 'owl'] as const;
const pet = (i: number): string => PETS[i % 3]!;

/** Sets of the three classes: an image shows the colors of its classes, each in its own third. */
const SETS: readonly (readonly string[])[] = [
  ['cat'],
  ['dog'],
  ['owl'],
  ['cat', 'dog'],
  ['dog', 'owl'],
  ['cat', 'owl'],
  ['cat', 'dog', 'owl'],
];
const thirds = (set: readonly string[]): number[] => PETS.map((name, k) => (set.includes(name) ? k : -1));

/** A table whose label cells hold several classes. */
async function severalLabels(
  folder: CaseFolder,
  cell: (set: readonly string[], i: number) => string,
  sample: string,
): Promise<void> {
  const sets = range(70).map((i) => SETS[i % 7]!);
  for (const [i, set] of sets.entries()) await folder.image(`train/${i}.png`, thirds(set), i);
  for (const i of range(7)) await folder.image(`test/t${i}.png`, thirds(SETS[i]!), 900 + i);
  await folder.file('train.csv', lines('id,label', ...sets.map((set, i) => `${i},"${cell(set, i)}"`)));
  await folder.file('sample_submission.csv', lines('id,label', ...range(7).map((i) => `t${i},${sample}`)));
}

/** One column per class, one row per image. */
async function classColumns(
  folder: CaseFolder,
  names: readonly string[],
  cell: (i: number, k: number) => string,
  sampleCells: string,
): Promise<void> {
  const header = `id,${names.join(',')}`;
  for (const i of range(60)) await folder.image(`train/${i}.jpg`, i % 3, i);
  for (const i of range(6)) await folder.image(`test/t${i}.jpg`, i % 3, 700 + i);
  const row = (i: number) => [i, ...names.map((_, k) => cell(i, k))].join(',');
  await folder.file('train.csv', lines(header, ...range(60).map(row)));
  await folder.file('sample_submission.csv', lines(header, ...range(6).map((i) => `t${i},${sampleCells}`)));
}

const oneHotAnswer = range(6).map((i) => [`t${i}`, ...range(3).map((k) => Number(k === i % 3))]);

const CARDS: readonly string[] = [
  ...[
    'ace',
    'two',
    'three',
    'four',
    'five',
    'six',
    'seven',
    'eight',
    'nine',
    'ten',
    'jack',
    'queen',
    'king',
  ].flatMap((rank) => ['clubs', 'diamonds', 'hearts', 'spades'].map((suit) => `${rank} of ${suit}`)),
  'joker',
];

/** Label cells and label columns: which task they mean. */
export const labelCases: readonly Case[] = [
  {
    name: 'j04-one-hot-one-bad-row',
    draw: (folder) =>
      classColumns(
        folder,
        ['MEL', 'NV', 'BCC'],
        (i, k) => (k === i % 3 && i !== 17 ? '1.0' : '0.0'),
        '0.3,0.3,0.4',
      ),
    settings: { metric: 'log-loss' },
    right: {
      classes: { label: ['MEL', 'NV', 'BCC'] },
      rows: 59,
      submission: oneHotAnswer,
      told: [/1 of 60 training rows.*train\.csv:19/],
    },
  },
  {
    name: 's17-bool-one-hot',
    source: 'mrdbourke/tensorflow-deep-learning#559',
    draw: (folder) =>
      classColumns(folder, PETS, (i, k) => (k === i % 3 ? 'True' : 'False'), '0.33,0.33,0.34'),
    settings: { metric: 'log-loss' },
    right: { classes: { label: PETS }, submission: oneHotAnswer },
  },
  {
    name: 's24-chexpert',
    source: 'aligholami/CheXpert-Keras#1',
    draw: (folder) =>
      classColumns(
        folder,
        ['Edema', 'Effusion', 'Nodule'],
        (i, k) => ['1.0', '0.0', '-1.0', '', '1.0'][(i * 7 + k * 3) % 5]!,
        '0.5,0.5,0.5',
      ),
    settings: { metric: 'log-loss' },
    right: { refused: [/train\.csv:\d+/, /-1/] },
  },
  {
    name: 's03-na-classes',
    source: 'pandas-dev/pandas#10647',
    draw: async (folder) => {
      const label = (i: number) => ['NA', 'None', 'null', 'nan'][i % 4]!;
      const name = (i: number) => (i === 0 ? 'NA' : i === 1 ? 'null' : `im${i}`);
      const test = (i: number) => (i === 0 ? 'nan' : `te${i}`);
      for (const i of range(48)) await folder.image(`train/${name(i)}.png`, i % 4, i);
      for (const i of range(8)) await folder.image(`test/${test(i)}.png`, i % 4, 800 + i);
      await folder.file('train.csv', lines('id,label', ...range(48).map((i) => `${name(i)},${label(i)}`)));
      await folder.file('sample_submission.csv', lines('id,label', ...range(8).map((i) => `${test(i)},NA`)));
    },
    right: {
      rows: 48,
      submission: range(8).map((i) => [i === 0 ? 'nan' : `te${i}`, ['NA', 'None', 'null', 'nan'][i % 4]!]),
    },
  },
  {
    name: 's14-label-studio',
    source: 'HumanSignal/label-studio-converter#59',
    draw: (folder) =>
      severalLabels(
        folder,
        (set, i) => JSON.stringify(i % 2 ? [...set].reverse() : set).replaceAll('"', '""'),
        '"[""cat""]"',
      ),
    settings: { metric: 'f1-macro' },
    right: {
      classes: { label: PETS },
      submission: SETS.map((set, i) => [`t${i}`, JSON.stringify(set).replaceAll(',', ', ')]),
      told: [/data\.options\.labels: .*list/],
    },
  },
  {
    name: 's15-sep-comma',
    source: 'Lightning-Universe/lightning-flash#728',
    draw: (folder) => severalLabels(folder, (set) => set.join(','), 'cat'),
    settings: { metric: 'f1-macro' },
    right: {
      classes: { label: PETS },
      submission: SETS.map((set, i) => [`t${i}`, set.join(',')]),
      told: [/data\.options\.labels: .*separator/],
    },
  },
  {
    name: 's15-sep-semicolon',
    source: 'ieee8023/covid-chestxray-dataset#67',
    draw: (folder) => severalLabels(folder, (set) => set.join(';'), 'cat'),
    settings: { metric: 'f1-macro' },
    right: {
      classes: { label: PETS },
      submission: SETS.map((set, i) => [`t${i}`, set.join(';')]),
      told: [/data\.options\.labels: .*separator/],
    },
  },
  {
    name: 's16b-cards',
    source: 'fastai/fastai#175',
    draw: async (folder) => {
      for (const i of range(CARDS.length * 2)) await folder.image(`train/${i}.jpg`, cardThirds(i), i);
      for (const i of range(CARDS.length)) await folder.image(`test/${i}.jpg`, cardThirds(i), 5000 + i);
      const row = (i: number) => `train/${i}.jpg,${CARDS[i % CARDS.length]}`;
      await folder.file('train.csv', lines('filepath,label', ...range(CARDS.length * 2).map(row)));
      await folder.file(
        'sample_submission.csv',
        lines('filepath,label', ...CARDS.map((_, i) => `test/${i}.jpg,joker`)),
      );
    },
    settings: { metric: 'f1-macro' },
    right: { submission: CARDS.map((card, i) => [`test/${i}.jpg`, card]) },
  },
  {
    name: 's27-label-spaces',
    source: 'apple/turicreate#1531',
    draw: async (folder) => {
      const label = (i: number) => ['cat', 'cat ', 'dog', ' dog', 'owl', 'owl\u00a0'][i % 6];
      for (const i of range(36)) await folder.image(`train/${i}.jpg`, Math.floor((i % 6) / 2), i);
      await folder.file(
        'train.csv',
        lines('id,label', ...range(36).map((i) => ` ${i} ,${label(i)}`)).replaceAll('\n', '\r\n'),
      );
    },
    right: { classes: { label: PETS }, rows: 36 },
  },
  {
    name: 'i29-soft-decimal-comma',
    draw: async (folder) => {
      for (const i of range(45)) await folder.image(`train/${i}.png`, i % 3, i);
      const row = (i: number) => [i, ...range(3).map((k) => (k === i % 3 ? '0,8' : '0,1'))].join(';');
      await folder.file('train.csv', lines('id;smooth;disk;star', ...range(45).map(row)));
    },
    settings: { metric: 'log-loss' },
    right: { classes: { label: ['smooth', 'disk', 'star'] }, rows: 45 },
  },
  {
    name: 'm12-unlabeled-rows',
    source: 'autogluon/autogluon#1623',
    draw: async (folder) => {
      for (const i of range(90)) await folder.image(`train/${i}.jpg`, i % 3, i);
      for (const i of range(6)) await folder.image(`test/t${i}.jpg`, i % 3, 700 + i);
      const label = (i: number) => ([5, 12, 20, 31].includes(i) ? '' : pet(i));
      await folder.file('train.csv', lines('id,label', ...range(90).map((i) => `${i},${label(i)}`)));
      await folder.file('sample_submission.csv', lines('id,label', ...range(6).map((i) => `t${i},cat`)));
    },
    right: {
      rows: 86,
      told: [/4 of 90 training rows/],
      submission: range(6).map((i) => [`t${i}`, pet(i)]),
    },
  },
  {
    name: 'n01-lists-of-another-column',
    source: 'Happywhale',
    draw: async (folder) => {
      for (const i of range(36)) await folder.image(`train_images/${i}.png`, i % 6, i);
      for (const i of range(6)) await folder.image(`test_images/t${i}.png`, i % 6, 700 + i);
      await folder.file(
        'train.csv',
        lines('image,species,individual_id', ...range(36).map((i) => `${i}.png,${pet(i)},w${i % 6}`)),
      );
      await folder.file(
        'sample_submission.csv',
        lines('image,predictions', ...range(6).map((i) => `t${i}.png,w0 w1 w2 w3 w4`)),
      );
    },
    settings: { metric: 'top-5' },
    right: {
      classes: { individual_id: range(6).map((k) => `w${k}`) },
      rows: 36,
      told: [
        /among its cells, unlike species/,
        /columns of train\.csv.*"species"/,
        /submission\.form: top-k/,
      ],
    },
  },
  {
    name: 'n02-sequences',
    source: 'iWildCam',
    draw: async (folder) => {
      for (const i of range(36)) await folder.image(`train/${i}.png`, i % 3, i);
      for (const i of range(6)) await folder.image(`test/t${i}.png`, i % 3, 700 + i);
      await folder.file(
        'train.csv',
        lines(
          'file_name,category_id,location,seq_id',
          ...range(36).map((i) => `${i}.png,${i % 3},${i % 4},s${i % 12}`),
        ),
      );
      await folder.file('sample_submission.csv', lines('Id,Category', ...range(6).map((i) => `t${i}.png,0`)));
    },
    right: {
      classes: { category_id: ['0', '1', '2'] },
      told: [/data\.options\.group: seq_id \(.*12 values/],
      submission: range(6).map((i) => [`t${i}.png`, String(i % 3)]),
    },
  },
];

/** 53 images that differ. */
function cardThirds(i: number): number[] {
  const card = i % CARDS.length;
  return [card % 4, Math.floor(card / 4) % 4, Math.floor(card / 16)];
}
