import type { Case } from './case.ts';
import { type CaseFolder, lines, range } from './case-folder.ts';

const PETS = ['cat', 'dog', 'owl'] as const;
const pet = (i: number): string => PETS[i % 3]!;

/** Images of three classes by turns: `train/0.jpg`..., `test/t0.jpg`...; returns the training table. */
async function pets(folder: CaseFolder, { count = 45, tests = 6, extension = 'jpg' } = {}): Promise<string> {
  for (const i of range(count)) await folder.image(`train/${i}.${extension}`, i % 3, i);
  for (const i of range(tests)) await folder.image(`test/t${i}.${extension}`, i % 3, 700 + i);
  return lines('id,label', ...range(count).map((i) => `${i},${pet(i)}`));
}

const ODD_CLASSES: readonly string[] = [
  'a, b',
  'say "hi"',
  'x/y',
  '🐱🐶',
  'two\nlines',
  '=1+1',
  '-',
  '#hash',
  'n'.repeat(300),
  '..',
];
const SORTED_COLUMNS: readonly string[] = range(12)
  .map((k) => `c${k}`)
  .sort();
const SHUFFLED: readonly number[] = [
  107, 101, 113, 104, 100, 110, 102, 114, 109, 103, 112, 105, 111, 108, 106,
];

/** Sample submissions, and what is asked in them. */
export const sampleCases: readonly Case[] = [
  {
    name: 'i14-class-names',
    draw: async (folder) => {
      const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
      for (const i of range(80)) await folder.image(`train/${i}.png`, i % 10, i);
      for (const i of range(10)) await folder.image(`test/t${i}.png`, i, 700 + i);
      await folder.file(
        'train.csv',
        lines('id,label', ...range(80).map((i) => `${i},${quoted(ODD_CLASSES[i % 10]!)}`)),
      );
      await folder.file('sample_submission.csv', lines('id,label', ...range(10).map((i) => `t${i},x/y`)));
    },
    right: { submission: range(10).map((i) => [`t${i}`, ODD_CLASSES[i]!]) },
  },
  {
    name: 'i13-proto-names',
    draw: async (folder) => {
      const label = (i: number) => ['__proto__', 'toString', 'hasOwnProperty'][i % 3]!;
      const name = (i: number) => (i === 0 ? '__proto__' : i === 1 ? 'valueOf' : `i${i}`);
      for (const i of range(45)) await folder.image(`train/${name(i)}.png`, i % 3, i);
      for (const i of range(6))
        await folder.image(`test/${i === 0 ? '__proto__' : `t${i}`}.png`, i % 3, 700 + i);
      await folder.file(
        'train.csv',
        lines('id,constructor', ...range(45).map((i) => `${name(i)},${label(i)}`)),
      );
      await folder.file(
        'sample_submission.csv',
        lines('id,constructor', ...range(6).map((i) => `${i === 0 ? '__proto__' : `t${i}`},toString`)),
      );
    },
    right: {
      header: 'id,constructor',
      submission: range(6).map((i) => [
        i === 0 ? '__proto__' : `t${i}`,
        ['__proto__', 'toString', 'hasOwnProperty'][i % 3]!,
      ]),
    },
  },
  {
    name: 'i13b-proto-column',
    draw: async (folder) => {
      const label = (i: number) => ['__proto__', 'toString', 'hasOwnProperty'][i % 3]!;
      for (const i of range(45)) await folder.image(`train/i${i}.png`, i % 3, i);
      for (const i of range(6)) await folder.image(`test/t${i}.png`, i % 3, 700 + i);
      await folder.file('train.csv', lines('id,__proto__', ...range(45).map((i) => `i${i},${label(i)}`)));
      await folder.file(
        'sample_submission.csv',
        lines('id,__proto__', ...range(6).map((i) => `t${i},toString`)),
      );
    },
    right: {
      header: 'id,__proto__',
      submission: range(6).map((i) => [`t${i}`, ['__proto__', 'toString', 'hasOwnProperty'][i % 3]!]),
    },
  },
  {
    name: 'i19-float-placeholders',
    draw: async (folder) => {
      await pets(folder, { extension: 'png' });
      await folder.file('train.csv', lines('id,label', ...range(45).map((i) => `${i},${i % 3}`)));
      await folder.file('sample_submission.csv', lines('id,label', ...range(6).map((i) => `t${i},0.0`)));
    },
    right: { submission: range(6).map((i) => [`t${i}`, String(i % 3)]) },
  },
  {
    name: 'i25-prefix-columns',
    draw: async (folder) => {
      for (const i of range(96)) await folder.image(`train/${i}.png`, i % 12, i);
      for (const i of range(12)) await folder.image(`test/t${i}.png`, i, 800 + i);
      await folder.file('train.csv', lines('id,label', ...range(96).map((i) => `${i},${i % 12}`)));
      await folder.file(
        'sample_submission.csv',
        lines(`id,${SORTED_COLUMNS.join(',')}`, ...range(12).map((i) => `t${i}${',0.08'.repeat(12)}`)),
      );
    },
    settings: { metric: 'log-loss' },
    right: {
      submission: range(12).map((i) => [`t${i}`, ...SORTED_COLUMNS.map((name) => Number(name === `c${i}`))]),
    },
  },
  {
    name: 'j05-is-valid',
    draw: drawFlags,
    right: { classes: { label: ['0', '1'] }, submission: range(6).map((i) => [`t${i}`, String(i % 2)]) },
  },
  {
    name: 'j05c-is-valid-f1',
    draw: drawFlags,
    settings: { metric: 'f1-macro' },
    right: { classes: { label: ['0', '1'] }, submission: range(6).map((i) => [`t${i}`, String(i % 2)]) },
  },
  {
    name: 'm01-dup-train-ids',
    draw: async (folder) => {
      await folder.file('train.csv', `${await pets(folder)}7,cat\n`);
    },
    right: { refused: [/train\.csv:47/, /line 9|:9\b/, /7/] },
  },
  {
    name: 'm02-dup-sample-ids',
    draw: async (folder) => {
      await folder.file('train.csv', await pets(folder));
      await folder.file('sample_submission.csv', lines('id,label', 't0,cat', 't1,cat', 't1,cat'));
    },
    right: { refused: [/sample_submission\.csv:4/, /t1/] },
  },
  {
    name: 'm03-extra-columns',
    draw: async (folder) => {
      await folder.file('train.csv', await pets(folder));
      await folder.file(
        'sample_submission.csv',
        lines('id,label,Usage', ...range(6).map((i) => `t${i},cat,Public`)),
      );
    },
    right: {
      submission: range(6).map((i) => [`t${i}`, pet(i), 'Public']),
      told: [/submission\.options\.keep: "Usage"/],
    },
  },
  {
    name: 'm04-rle',
    draw: async (folder) => {
      await folder.file('train.csv', await pets(folder));
      await folder.file(
        'sample_submission.csv',
        lines('id,rle', ...range(6).map((i) => `t${i},1 ${5 + i} 20 3`)),
      );
    },
    right: { refused: [/sample_submission\.csv/, /rle/] },
  },
  {
    name: 'm05-test-image-gone',
    source: 'autogluon/autogluon#4892',
    draw: drawTestImageGone,
    settings: { submission: { unpredicted: 'sample' } },
    right: {
      submission: [...range(6).map((i) => [`t${i}`, pet(i)]), ['t6', 'owl']],
      told: [/t6/],
    },
  },
  {
    name: 'm05b-test-image-gone-refused',
    source: 'autogluon/autogluon#4892',
    draw: drawTestImageGone,
    right: { refused: [/t6/, /unpredicted/] },
  },
  {
    name: 'm08-negative-labels',
    draw: async (folder) => {
      for (const i of range(48)) await folder.image(`train/${i}.jpg`, i % 2, i);
      for (const i of range(6)) await folder.image(`test/t${i}.jpg`, i % 2, 700 + i);
      await folder.file('train.csv', lines('id,label', ...range(48).map((i) => `${i},${i % 2 ? 1 : -1}`)));
      await folder.file('sample_submission.csv', lines('id,label', ...range(6).map((i) => `t${i},0.5`)));
    },
    settings: { metric: 'log-loss' },
    right: { submission: range(6).map((i) => [`t${i}`, i % 2]) },
  },
  {
    name: 'm09-gap-classes',
    draw: async (folder) => {
      await pets(folder);
      await folder.file('train.csv', lines('id,label', ...range(45).map((i) => `${i},${[3, 7, 12][i % 3]}`)));
      await folder.file('sample_submission.csv', lines('id,12,3,7', ...range(6).map((i) => `t${i},0,0,0`)));
    },
    settings: { metric: 'log-loss' },
    right: {
      submission: range(6).map((i) => [
        `t${i}`,
        Number(i % 3 === 2),
        Number(i % 3 === 0),
        Number(i % 3 === 1),
      ]),
    },
  },
  {
    name: 's23-sample-order',
    source: 'keras-team/keras-preprocessing#128',
    draw: async (folder) => {
      for (const i of range(45)) await folder.image(`train/${i}.jpg`, i % 3, i);
      for (const i of SHUFFLED) await folder.image(`test/${i}.jpg`, i % 3, i);
      await folder.file('train.csv', lines('image,label', ...range(45).map((i) => `${i}.jpg,${pet(i)}`)));
      await folder.file(
        'sample_submission.csv',
        lines('image,label', ...SHUFFLED.map((i) => `${i}.jpg,cat`)),
      );
    },
    right: { submission: SHUFFLED.map((i) => [`${i}.jpg`, pet(i)]) },
  },
  {
    name: 'n06-names-of-numbered-classes',
    draw: async (folder) => {
      const table = await pets(folder);
      await folder.file(
        'train.csv',
        table.replaceAll(/,(cat|dog|owl)$/gm, (_, name) => `,${PETS.indexOf(name)}`),
      );
      await folder.file('sample_submission.csv', lines('id,name', ...range(6).map((i) => `t${i},cat`)));
    },
    right: { refused: [/"cat"/, /submission\.options\.names/] },
  },
  {
    name: 'n07-placeholder-of-numbered-classes',
    draw: async (folder) => {
      const table = await pets(folder);
      await folder.file(
        'train.csv',
        table.replaceAll(/,(cat|dog|owl)$/gm, (_, name) => `,${PETS.indexOf(name)}`),
      );
      await folder.file('sample_submission.csv', lines('id,label', ...range(6).map((i) => `t${i},?`)));
    },
    right: { submission: range(6).map((i) => [`t${i}`, String(i % 3)]), told: [/taken for a placeholder/] },
  },
];

async function drawFlags(folder: CaseFolder): Promise<void> {
  for (const i of range(48)) await folder.image(`train/${i}.png`, i % 2, i);
  for (const i of range(6)) await folder.image(`test/t${i}.png`, i % 2, 700 + i);
  await folder.file(
    'train.csv',
    lines('id,label,is_valid', ...range(48).map((i) => `${i},${i % 2},${Number(i % 5 === 0)}`)),
  );
  await folder.file('sample_submission.csv', lines('id,prediction', ...range(6).map((i) => `t${i},0`)));
}

async function drawTestImageGone(folder: CaseFolder): Promise<void> {
  await folder.file('train.csv', await pets(folder));
  await folder.file('sample_submission.csv', lines('id,label', ...range(7).map((i) => `t${i},owl`)));
}
