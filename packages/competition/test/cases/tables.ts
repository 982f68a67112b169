import { gzipSync } from 'node:zlib';
import type { Case } from './case.ts';
import { type CaseFolder, lines, range } from './case-folder.ts';

const PETS = ['cat', 'dog', 'owl'] as const;
const pet = (i: number): string => PETS[i % 3]!;

/** Training images `train/0.png`... of three classes by turns; the rows of their table by `row`. */
async function petTable(
  folder: CaseFolder,
  header: string,
  row: (i: number) => string,
  count = 36,
): Promise<string> {
  for (const i of range(count)) await folder.image(`train/${i}.png`, i % 3, i);
  return lines(header, ...range(count).map(row));
}

/** Test images `test/t0.png`..., whose classes take turns. */
async function petTest(folder: CaseFolder, row: (i: number) => string, header = 'id,label'): Promise<void> {
  for (const i of range(6)) await folder.image(`test/t${i}.png`, i % 3, 700 + i);
  await folder.file('sample_submission.csv', lines(header, ...range(6).map(row)));
}

const petAnswer = range(6).map((i) => [`t${i}`, pet(i)]);

/** A ZIP archive with one stored file: enough for a folder whose archives were never unpacked. */
const zip = Buffer.from('PK\x05\x06'.padEnd(22, '\0'), 'latin1');

/** Tables as spreadsheets, pandas, exports and people write them. */
export const tableCases: readonly Case[] = [
  {
    name: '00-base',
    draw: async (folder) => {
      await folder.file('train.csv', await petTable(folder, 'id,label', (i) => `${i},${pet(i)}`, 60));
      await petTest(folder, (i) => `t${i},cat`);
    },
    right: {
      classes: { label: PETS },
      rows: 60,
      submission: petAnswer,
      header: 'id,label',
    },
  },
  {
    name: 'i08-sample-id-last',
    draw: async (folder) => {
      await folder.file('train.csv', await petTable(folder, 'label,id', (i) => `${pet(i)},${i}`));
      await petTest(folder, (i) => `cat,t${i}`, 'label,id');
    },
    right: { submission: range(6).map((i) => [pet(i), `t${i}`]), header: 'label,id' },
  },
  {
    name: 'i08b-pandas-index',
    draw: async (folder) => {
      await folder.file('train.csv', await petTable(folder, ',id,label', (i) => `${i},${i},${pet(i)}`));
      await petTest(folder, (i) => `${i},t${i},cat`, ',id,label');
    },
    right: {
      classes: { label: PETS },
      submission: range(6).map((i) => [String(i), `t${i}`, pet(i)]),
      header: ',id,label',
    },
  },
  {
    name: 'i09-sample-style',
    draw: async (folder) => {
      const name = (i: number) => String(i).padStart(5, '0');
      for (const i of range(36)) await folder.image(`train/${name(i)}.png`, i % 3, i);
      for (const i of range(6)) await folder.image(`test/${name(700 + i)}.png`, i % 3, 700 + i);
      await folder.file('train.csv', lines('id,label', ...range(36).map((i) => `${name(i)},${pet(i)}`)));
      const rows = range(6).map((i) => `"${name(700 + i)}";"cat";"${i % 2 ? 'Public' : 'Private'}"\r\n`);
      await folder.file('sample_submission.csv', `\ufeff"id";"label";"Usage"\r\n${rows.join('')}`);
    },
    settings: { submission: { options: { keep: ['Usage'] } } },
    right: {
      header: '\ufeff"id";"label";"Usage"\r',
      submission: range(6).map((i) => [`00${700 + i}`, pet(i), i % 2 ? 'Public' : 'Private']),
    },
  },
  {
    name: 'i10-headerless-sample',
    draw: async (folder) => {
      await folder.file('train.csv', await petTable(folder, 'id,label', (i) => `${i}.png,${pet(i)}`));
      for (const i of range(6)) await folder.image(`test/t${i}.png`, (i + 1) % 3, 700 + i);
      await folder.file('sample_submission.csv', lines(...range(6).map((i) => `t${i}.png,cat`)));
    },
    right: { refused: [/sample_submission\.csv/, /header/, /t0\.png/] },
  },
  {
    name: 'i11-repeated-header',
    draw: async (folder) => {
      const table = await petTable(folder, 'id,label', (i) => `${i},${pet(i)}`);
      const at = table.split('\n');
      await folder.file('train.csv', [...at.slice(0, 21), '\ufeffid,label', ...at.slice(21)].join('\n'));
      await petTest(folder, (i) => `t${i},cat`);
    },
    right: { classes: { label: PETS }, rows: 36, submission: petAnswer, told: [/header.*train\.csv:22/] },
  },
  {
    name: 'i12-sep-line',
    draw: async (folder) => {
      const table = await petTable(folder, 'id;label', (i) => `${i};${pet(i)}`);
      await folder.file('train.csv', `sep=;\n${table}`);
    },
    right: { classes: { label: PETS }, rows: 36 },
  },
  {
    name: 'i23-zipped-tables',
    draw: async (folder) => {
      await petTable(folder, '', () => '');
      await folder.file('train.csv.zip', zip);
      await folder.file('sample_submission.csv.gz', gzipSync('id,label\nx,a\n'));
    },
    right: { refused: /unpack.*train\.csv\.zip|train\.csv\.zip.*unpack/s },
  },
  {
    name: 'i23b-zipped-sample',
    draw: async (folder) => {
      await folder.file('train.csv', await petTable(folder, 'id,label', (i) => `${i},${pet(i)}`));
      for (const i of range(6)) await folder.image(`test/t${i}.png`, i % 3, 800 + i);
      await folder.file('sample_submission.csv.zip', zip);
    },
    right: { told: [/sample_submission\.csv\.zip/] },
  },
  {
    name: 'j02-several-train-tables',
    draw: async (folder) => {
      await folder.file('train_labels.csv', await petTable(folder, 'id,label', (i) => `${i},${pet(i)}`));
      const parts = range(36).filter((i) => i % 3 > 0);
      await folder.file(
        'train_bboxes.csv',
        lines('id,label,x,y', ...parts.map((i) => `${i},${i % 2 ? 'tail' : 'head'},${i},${i + 3}`)),
      );
      await folder.file(
        'train_auto_noisy.csv',
        lines('id,label', ...range(36).map((i) => `${i},${pet(i + 1)}`)),
      );
    },
    right: {
      refused: [/train_labels\.csv/, /train_bboxes\.csv/, /train_auto_noisy\.csv/, /data\.options\.train/],
    },
  },
  {
    name: 'i20-train-and-val-tables',
    draw: async (folder) => {
      for (const i of range(45)) await folder.image(`images/${i}.png`, i % 3, i);
      for (const i of range(6, 100)) await folder.image(`images/${i}.png`, i % 3, i);
      const row = (i: number) => `${i},${pet(i)}`;
      await folder.file('train.csv', lines('id,label', ...range(30).map(row)));
      await folder.file('val.csv', lines('id,label', ...range(15, 30).map(row)));
      await folder.file('test.csv', lines('id', ...range(6, 100).map(String)));
      await folder.file('sample_submission.csv', lines('id,label', ...range(6, 100).map((i) => `${i},cat`)));
    },
    right: {
      told: [/val\.csv/],
      submission: range(6, 100).map((i) => [String(i), pet(i)]),
    },
  },
  {
    name: 's04-semicolon-commas',
    source: 'mholt/PapaParse#804',
    draw: async (folder) => {
      await folder.file(
        'train.csv',
        await petTable(
          folder,
          'id;label;notes',
          (i) => `${i};${pet(i)};seen at dawn, near water, alone, calm${', wet'.repeat(i % 5)}`,
        ),
      );
    },
    right: { classes: { label: PETS }, rows: 36 },
  },
  {
    name: 's05-decimal-comma',
    source: 'mholt/PapaParse#910',
    draw: async (folder) => {
      await folder.file(
        'train.csv',
        await petTable(folder, 'id;label;kg', (i) => `${i};${pet(i)};${3 + (i % 4)},${i % 10}`),
      );
    },
    right: { classes: { label: PETS }, rows: 36 },
  },
  {
    name: 's05b-decimal-comma-two',
    source: 'mholt/PapaParse#910',
    draw: async (folder) => {
      const label = (i: number) => ['cat, wild', 'dog, tame', 'owl, wild'][i % 3];
      await folder.file('train.csv', await petTable(folder, 'id;label', (i) => `${i};${label(i)}`));
      await petTest(folder, (i) => `t${i};cat, wild`, 'id;label');
    },
    right: {
      classes: { label: ['cat, wild', 'dog, tame', 'owl, wild'] },
      submission: range(6).map((i) => [`t${i}`, ['cat, wild', 'dog, tame', 'owl, wild'][i % 3]!]),
    },
  },
  {
    name: 's05c-comma-in-header',
    source: 'mholt/PapaParse#600',
    draw: async (folder) => {
      const label = (i: number) => ['cat, wild', 'dog, tame', 'owl, wild'][i % 3];
      await folder.file(
        'train.csv',
        await petTable(folder, 'file (jpg, png);label', (i) => `${i}.png;${label(i)}`),
      );
    },
    settings: { data: { layout: 'csv', options: { delimiter: ';' } } },
    right: { classes: { label: ['cat, wild', 'dog, tame', 'owl, wild'] }, rows: 36 },
  },
  {
    name: 's06-tab-decimal-comma',
    source: 'mholt/PapaParse#1005',
    draw: async (folder) => {
      await folder.file(
        'train.csv',
        await petTable(folder, 'id\tlabel\tx\ty', (i) => `${i}\t${pet(i)}\t${i},5\t${i * 2},25`),
      );
    },
    right: { classes: { label: PETS }, rows: 36 },
  },
  {
    name: 's07-quoted-newlines',
    source: 'mholt/PapaParse#1077',
    draw: async (folder) => {
      const note = '"line one, first\nline two, second\nline three, ""third"", end"';
      await folder.file(
        'train.csv',
        await petTable(folder, 'id;label;remark', (i) => `${i};${pet(i)};${note}`),
      );
    },
    right: { classes: { label: PETS }, rows: 36 },
  },
  {
    name: 's22-utf-16',
    source: 'wkentaro/labelme#676',
    draw: async (folder) => {
      const label = (i: number) => ['Käfer', 'Eule', 'Größe'][i % 3];
      const table = await petTable(folder, 'id,label', (i) => `${i},${label(i)}`);
      await folder.file('train.csv', Buffer.from(`\ufeff${table.replaceAll('\n', '\r\n')}`, 'utf16le'));
      await petTest(folder, (i) => `t${i},Eule`);
    },
    settings: { data: { layout: 'csv', options: { encoding: 'utf-16le' } } },
    right: { submission: range(6).map((i) => [`t${i}`, ['Käfer', 'Eule', 'Größe'][i % 3]!]) },
  },
  {
    name: 's25-headerless',
    source: 'pytorch/tutorials#1708',
    draw: async (folder) => {
      const table = await petTable(folder, '', (i) => `${i}.png,${pet(i)}`);
      await folder.file('train.csv', table.slice(1));
    },
    right: { refused: [/train\.csv/, /header/, /0\.png/] },
  },
  {
    name: 's28-fer2013',
    draw: async (folder) => {
      const row = (i: number) => {
        const level = [16, 80, 144, 208][i % 4];
        const cells = range(48 * 48).map((at) => (at < 48 ? (at * 7 + i * 13) % 256 : level));
        return `${i % 4},${cells.join(' ')},${i < 30 ? 'Training' : 'PublicTest'}`;
      };
      await folder.file('fer2013.csv', lines('emotion,pixels,Usage', ...range(40).map(row)));
    },
    right: { classes: { emotion: ['0', '1', '2', '3'] }, rows: 30, told: [/Usage/] },
  },
  {
    name: 'n04-labels-in-json',
    draw: async (folder) => {
      for (const i of range(30)) await folder.image(`train/${i}.png`, i % 3, i);
      for (const i of range(6)) await folder.image(`test/t${i}.png`, i % 3, 700 + i);
      await folder.file('train.json', JSON.stringify(Object.fromEntries(range(30).map((i) => [i, pet(i)]))));
      await folder.file('sample_submission.csv', lines('id,label', ...range(6).map((i) => `t${i},cat`)));
    },
    right: { refused: [/export train\.json as CSV/] },
  },
  {
    name: 'n05-one-table-of-train-and-test',
    draw: async (folder) => {
      for (const i of range(36)) await folder.image(`train/${i}.png`, i % 3, i);
      for (const i of range(6)) await folder.image(`test/t${i}.png`, i % 3, 700 + i);
      const tests = range(6).map((i) => `r${100 + i},t${i}.png,unknown`);
      await folder.file(
        'all.csv',
        lines('id,file,label', ...range(36).map((i) => `r${i},${i}.png,${pet(i)}`), ...tests),
      );
      await folder.file(
        'sample_submission.csv',
        lines('id,label', ...range(6).map((i) => `r${100 + i},cat`)),
      );
    },
    right: {
      classes: { label: PETS },
      rows: 36,
      told: [/data\.options\.split: by the images \(6 rows/],
      submission: range(6).map((i) => [`r${100 + i}`, pet(i)]),
    },
  },
];
