import { expect, test } from 'vitest';
import { temporaryFolder, writeFiles } from '../../test/temporary-folder.ts';
import { readDataset } from './read-dataset.ts';

const PERSON = '000001_female_Asian_45';
const TABLE = `id,gender,race,age,path\n000001,female,Asian,45,${PERSON}\n`;
const PHOTOS = ['mask1', 'mask2', 'mask3', 'mask4', 'mask5', 'incorrect_mask', 'normal'];

function read(files: Readonly<Record<string, string>>, settings?: unknown) {
  const folder = temporaryFolder();
  const photos = Object.fromEntries(PHOTOS.map((name) => [`train/images/${PERSON}/${name}.jpg`, 'x']));
  writeFiles(folder, { ...photos, 'train/train.csv': TABLE, ...files });
  return readDataset(folder, { layout: 'person-folders', settings });
}

test('the images of people and of the test table, and those that no row names', async () => {
  const {
    train,
    test: tests,
    decisions,
    omissions,
    unlisted,
  } = await read({
    'eval/images/a.jpg': 'x',
    'eval/images/b.png': 'x',
    'eval/images/b.png.jpg': 'x',
    'eval/images/extra.jpg': 'x',
    'eval/info.csv': 'ImageID,ans\nb.png,0\na.jpg,0\nb.png.jpg,0\ngone.jpg,0\n',
  });
  expect(train.map(({ image }) => image.path)).toEqual(
    PHOTOS.map((name) => `train/images/${PERSON}/${name}.jpg`),
  );
  expect(tests.map(({ id, image }) => [id, image.path])).toEqual([
    ['b.png', 'eval/images/b.png'],
    ['a.jpg', 'eval/images/a.jpg'],
    ['b.png.jpg', 'eval/images/b.png.jpg'],
  ]);
  expect(unlisted).toEqual(['eval/images/extra.jpg']);
  expect(decisions).toEqual([
    { key: 'data.options.train', value: 'train/train.csv', reason: 'its name is usual' },
    { key: 'data.options.info', value: 'eval/info.csv', reason: 'its name is usual' },
    { key: 'data.options.ages', value: '[30,60]', reason: 'the default' },
    { key: 'data.options.heads', value: 'joint', reason: 'the default' },
  ]);
  expect(omissions).toEqual([
    {
      what: 'test rows',
      count: 1,
      of: 4,
      reason: 'the folder does not have their image',
      examples: ['eval/info.csv:5 "gone.jpg"'],
    },
    {
      what: 'images',
      count: 1,
      of: 11,
      reason: 'no row names them',
      examples: ['eval/images/extra.jpg'],
    },
  ]);
});

test('two photographs of one name are an error', async () => {
  await expect(read({ [`train/images/${PERSON}/mask1.PNG`]: 'x' })).rejects.toMatchObject({
    code: 'layout-ambiguous-image',
    problem: { path: { file: 'train/train.csv', line: 2 } },
  });
  await expect(read({ [`copy/${PERSON}/normal.jpg`]: 'x' })).rejects.toMatchObject({
    code: 'layout-ambiguous-image',
  });
});
