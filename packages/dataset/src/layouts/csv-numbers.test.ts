import { expect, test } from 'vitest';
import { temporaryFolder, writeFiles } from '../../test/temporary-folder.ts';
import { type ReadDatasetOptions, readDataset } from './read-dataset.ts';

const IDS = ['a', 'b', 'c', 'd'];
const IMAGES = Object.fromEntries(
  [...IDS.map((id) => `train/${id}.jpg`), 'test/t.jpg'].map((path) => [path, 'x']),
);
const NUMBERS: ReadDatasetOptions = { tasks: ['regression'] };
const CLASSES: ReadDatasetOptions = { tasks: ['single-label'] };

function read(table: string, settings: unknown = {}, options: ReadDatasetOptions = {}, more: object = {}) {
  const folder = temporaryFolder();
  writeFiles(folder, { ...IMAGES, 'train.csv': table, ...more });
  return readDataset(folder, { layout: 'csv', settings, ...options });
}

const ages = 'id,age\na,17.5\nb,20\nc,-3e1\nd,"4,5"\n';

test('fractions are numbers to predict', async () => {
  const { heads, train, decisions = [] } = await read(ages);
  expect(heads).toEqual([{ name: 'age', task: 'regression', classes: ['age'] }]);
  expect(train.map(({ labels }) => labels.age)).toEqual([[17.5], [20], [-30], [4.5]]);
  expect(decisions).toContainEqual({
    key: 'data.options.labels',
    value: '{ column: age, kind: number }',
    reason: expect.stringContaining('measurements'),
  });
});

test('whole numbers are numbers if the metric scores numbers, and classes if it scores classes', async () => {
  const counts = 'id,count\na,1\nb,2\nc,2\nd,4\n';
  expect((await read(counts, {}, NUMBERS)).heads[0]?.task).toBe('regression');
  expect((await read(counts, { labels: 'count' }, NUMBERS)).heads[0]?.task).toBe('regression');
  expect((await read(counts, {}, CLASSES)).heads[0]?.classes).toEqual(['1', '2', '4']);
});

test('several columns are one head, with bounds and weights', async () => {
  const table = 'id,dry,green\na,1.5,0\nb,2,7\nc,,\nd,3,9\n';
  const sample = { 'sample_submission.csv': 'id,dry,green\nt,0,0\n' };
  const recognized = await read(table, {}, NUMBERS, sample);
  expect(recognized.heads).toEqual([{ name: 'target', task: 'regression', classes: ['dry', 'green'] }]);
  // The row without numbers is left out.
  expect(recognized.train.map(({ labels }) => labels.target)).toEqual([
    [1.5, 0],
    [2, 7],
    [3, 9],
  ]);
  const labels = {
    name: 'mass',
    columns: ['green', 'dry'],
    kind: 'number',
    min: 0,
    max: 10,
    weights: [1, 3],
  };
  const { heads, train } = await read(table, { labels });
  expect(heads).toEqual([
    { name: 'mass', task: 'regression', classes: ['green', 'dry'], min: 0, max: 10, weights: [1, 3] },
  ]);
  expect(train[0]?.labels.mass).toEqual([0, 1.5]);
});

const number = { column: 'age', kind: 'number' };

test.each([
  ['a word', 'id,age\na,17\nb,abc\n', 'train.csv:3 column "age": expected a finite number, got "abc"'],
  ['NaN', 'id,age\na,NaN\nb,2\n', 'train.csv:2 column "age": expected a finite number, got "NaN"'],
  [
    'an infinite number',
    'id,age\na,1\nb,1e999\n',
    'train.csv:3 column "age": expected a finite number, got "1e999"',
  ],
  ['Inf', 'id,age\na,1\nb,-Inf\n', 'train.csv:3 column "age": expected a finite number, got "-Inf"'],
])('a cell that is not a finite number: %s', async (_, table, message) => {
  await expect(read(table, { labels: number })).rejects.toThrow(message);
});

test.each([
  [
    'an empty cell beside others',
    { columns: ['x', 'y'], kind: 'number' },
    'id,x,y\na,1,\nb,2,3\n',
    'train.csv:2 column "y": expected a finite number, got an empty cell beside other numbers of "target"',
  ],
  [
    'a number out of bounds',
    { ...number, min: 0, max: 120 },
    'id,age\na,1\nb,130\n',
    'train.csv:3 column "age": expected a number from 0 to 120, got "130"',
  ],
  ['only empty cells', number, 'id,age\na,\nb,\n', 'no row with an image has a number for "age"'],
  ['bounds without order', { ...number, min: 1, max: 1 }, ages, 'data.options.labels'],
  ['weights of other columns', { ...number, weights: [1, 2] }, ages, 'data.options.labels'],
  ['a class of a number', { ...number, classes: ['1'] }, ages, 'data.options.labels'],
  ['bounds of classes', { column: 'age', min: 1 }, ages, 'data.options.labels'],
])('rejects %s', async (_, labels, table, message) => {
  await expect(read(table, { labels })).rejects.toThrow(message);
});

test('a metric of classes does not score measurements', async () => {
  const error = await read(ages, {}, CLASSES).catch((reason) => reason);
  expect(error).toMatchObject({ code: 'layout-regression-column' });
  expect(error.message).toMatch(/the metric scores classes[\s\S]*kind: number \} and a metric of numbers/);
});
