import { expect, test } from 'vitest';
import { temporaryFolder, writeFiles } from '../../test/temporary-folder.ts';
import { readDataset } from './read-dataset.ts';

test('file-names: the class comes before a number, the test folder has none', async () => {
  const paths = [
    'train/cat.0.jpg',
    'train/cat.1.jpg',
    'train/sea lion (1).jpg',
    'train/sea lion (2).jpg',
    'test1/1.jpg',
    'test1/2.jpg',
  ];
  const folder = temporaryFolder();
  writeFiles(folder, {
    ...Object.fromEntries(paths.map((path) => [path, 'x'])),
    'sampleSubmission.csv': 'id,label\n2,0\n1,0\n',
  });
  const data = await readDataset(folder);
  expect(data.layout).toBe('file-names');
  expect(data.train.map(({ id, labels }) => [id, labels.label])).toEqual([
    ['cat.0.jpg', 'cat'],
    ['cat.1.jpg', 'cat'],
    ['sea lion (1).jpg', 'sea lion'],
    ['sea lion (2).jpg', 'sea lion'],
  ]);
  expect(data.test.map(({ id, image }) => [id, image.path])).toEqual([
    ['2', 'test1/2.jpg'],
    ['1', 'test1/1.jpg'],
  ]);
  const first = await readDataset(folder, { layout: 'file-names', settings: { pattern: '^(.)' } });
  expect(first.heads[0]?.classes).toEqual(['c', 's']);
});

test.each([
  ['names of a camera', ['IMG_1.jpg', 'IMG_2.jpg', 'DSC_1.jpg', 'DSC_2.jpg']],
  ['one class', ['cat.1.jpg', 'cat.2.jpg']],
  ['a class of one image', ['cat.1.jpg', 'cat.2.jpg', 'dog.1.jpg']],
  ['names without numbers', ['cat.1.jpg', 'cat.2.jpg', 'dog.jpg', 'dog.1.jpg']],
])('file-names: %s are not recognized', async (_, paths) => {
  const folder = temporaryFolder();
  writeFiles(folder, Object.fromEntries(paths.map((path) => [`train/${path}`, 'x'])));
  await expect(readDataset(folder)).rejects.toMatchObject({ code: 'layout-unrecognized' });
});
