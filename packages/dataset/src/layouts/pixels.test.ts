import { expect, test } from 'vitest';
import { temporaryFolder, writeFiles } from '../../test/temporary-folder.ts';
import { decodeImage } from '../decode/decode-image.ts';
import { readDataset } from './read-dataset.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;

async function read(files: Files, settings: unknown = {}, layout?: string) {
  const folder = temporaryFolder();
  writeFiles(folder, files);
  const data = await readDataset(folder, { settings, layout });
  const pixelsOf = async (row: (typeof data.train)[number]) => [
    ...(await decodeImage(row.image, { root: data.root, mode: 'gray' })).data,
  ];
  return {
    data,
    labels: data.train.map((row) => [row.id, ...Object.values(row.labels)]),
    train: await Promise.all(data.train.map(pixelsOf)),
    test: await Promise.all(data.test.map(pixelsOf)),
  };
}

const A = Array.from({ length: 16 }, (_, i) => i * 17);
const B = A.toReversed();
const names = A.map((_, i) => `pixel${i}`);
const decided = (data: Awaited<ReturnType<typeof read>>['data'], option: string) =>
  (data.decisions ?? []).filter(({ key }) => key === `data.options.${option}`).map(({ value }) => value);

test.each([
  ['a column each', `label,${names}\n3,${A}\n7,${B}\n`],
  ['a column each, behind an index without a name', `,label,${names}\n0,3,${A}\n1,7,${B}\n`],
  ['semicolons', `label;${names.join(';')}\n3;${A.join(';')}\n7;${B.join(';')}\n`],
  ['quotes', `"label","${names.join('","')}"\n"3","${A.join('","')}"\n"7","${B.join('","')}"\n`],
  ['whole numbers as floats', `label,${names}\n3,${A.map((v) => `${v}.0`)}\n7,${B.map((v) => `${v}.0`)}\n`],
  ['one cell with spaces', `emotion,pixels\n3,${A.join(' ')}\n7,${B.join(' ')}\n`],
  ['one quoted cell with commas', `label,pixels\n3,"[${A.join(', ')}]"\n7,"[${B.join(', ')}]"\n`],
  ['one cell in the middle', `id,image,label\na,${A.join(' ')},3\nb,${B.join(' ')},7\n`],
  ['no header', `3,${A}\n7,${B}\n`],
  ['sep=', `sep=;\nlabel;${names.join(';')}\r\n3;${A.join(';')}\r\n7;${B.join(';')}\r\n`],
])('pixels: %s', async (_, table) => {
  const { data, labels, train } = await read({ 'train.csv': table });
  expect(data.layout).toBe('pixels');
  expect(labels.map(([, label]) => label)).toEqual(['3', '7']);
  expect(train).toEqual([A, B]);
});

test('pixels: rows that a column marks are test rows', async () => {
  const table = `emotion,pixels,Usage\n3,${A.join(' ')},Training\n7,${B.join(' ')},PublicTest\n0,${A.join(' ')},Training\n`;
  const { data, labels, test: tests } = await read({ 'fer.csv': table });
  expect(labels).toEqual([
    ['train-1', '3'],
    ['train-2', '0'],
  ]);
  expect(tests).toEqual([B]);
  expect(data.test[0]?.labels).toEqual({});
  expect(decided(data, 'split')).toEqual(['{ column: Usage, test: [PublicTest] }']);
  expect(decided(data, 'label')).toEqual(['emotion']);
  const all = await read({ 'fer.csv': table }, { split: false });
  expect(all.labels).toHaveLength(3);
});

test('pixels: tables without a header have a label before a square of pixels, test tables may have none', async () => {
  const {
    data,
    labels,
    test: tests,
  } = await read({
    'mnist_train.csv': `3,${A}\n7,${B}\n`,
    'mnist_test.csv': `${B}\n${A}\n`,
  });
  expect(labels).toHaveLength(2);
  expect(tests).toEqual([B, A]);
  expect(decided(data, 'header')).toEqual(['none', 'none']);
});

test('pixels: labels in UTF-8, rows without a label left out, 5 and 5.0 the same class', async () => {
  const { data, labels } = await read({
    'train.csv': `label,${names}\nK\u00e4fer,${A}\n,${B}\nEule,${B}\n`,
  });
  expect(labels).toEqual([
    ['train-1', 'K\u00e4fer'],
    ['train-3', 'Eule'],
  ]);
  expect(data.omissions).toMatchObject([
    {
      what: 'training rows',
      count: 1,
      of: 3,
      reason: 'their label cell is empty',
      examples: ['train.csv:3'],
    },
  ]);
  const numbers = await read({ 'train.csv': `label,${names}\n5,${A}\n5.0,${B}\n` });
  expect(numbers.data.heads[0]?.classes).toEqual(['5']);
});

test('pixels: test rows are matched with the sample by id, or in order, which is told', async () => {
  const train = `label,${names}\n3,${A}\n7,${B}\n`;
  const byId = await read({
    'train.csv': train,
    'test.csv': `id,${names}\nx,${A}\ny,${B}\n`,
    'sample_submission.csv': 'label,id\n0,y\n0,x\n',
  });
  expect(byId.data.test.map(({ id }) => id)).toEqual(['y', 'x']);
  expect(byId.test).toEqual([B, A]);
  const inOrder = await read({
    'train.csv': train,
    'test.csv': `${names}\n${A}\n${B}\n`,
    'sample_submission.csv': 'id,label\nq,0\nr,0\n',
  });
  expect(inOrder.data.test.map(({ id }) => id)).toEqual(['q', 'r']);
  expect(inOrder.test).toEqual([A, B]);
  expect(inOrder.data.decisions?.map(({ reason }) => reason)).toContain(
    'the rows of test.csv are those of sample_submission.csv, in the same order',
  );
});

test.each([
  ['fractions', `label,${names}\n3,${A.map((v) => v / 255)}\n`, {}, '16 whole numbers from 0 to 255'],
  ['values above 255', `label,${names}\n3,${A.map((v) => v * 16)}\n`, {}, '16 whole numbers from 0 to 255'],
  [
    'no square',
    `label,${names},pixel16,pixel17\n3,${A},1,2\n`,
    {},
    'set data.options.width, data.options.height and data.options.channels',
  ],
  [
    'two possible labels',
    `a,b,${names}\n3,4,${A}\n`,
    {},
    'set data.options.label: a, or data.options.label: b',
  ],
  ['UTF-16', Buffer.from(`\ufefflabel,${names}\n3,${A}\n`, 'utf16le'), {}, 'convert it to UTF-8'],
])('pixels: rejects %s', async (_, table, settings, message) => {
  await expect(read({ 'train.csv': table }, settings, 'pixels')).rejects.toThrow(message);
});

test('pixels: the cures of a size and a label work', async () => {
  const wide = `label,${names},pixel16,pixel17\n3,${A},1,2\n`;
  const { data } = await read({ 'train.csv': wide }, { width: 9, height: 2 });
  expect(data.train[0]?.image).toMatchObject({ width: 9, height: 2 });
  const { labels } = await read({ 'train.csv': `a,b,${names}\n3,4,${A}\n` }, { label: 'b' });
  expect(labels).toEqual([['train-1', '4']]);
});
