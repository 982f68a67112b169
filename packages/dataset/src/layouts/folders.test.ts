import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder, writeFiles } from '../../test/temporary-folder.ts';
import type { DatasetDescription } from './layout.ts';
import { readDataset, recognizeLayout } from './read-dataset.ts';
import type { UnclearSetting } from './unclear-setting.ts';

type Files = Readonly<Record<string, string>>;

function folderWith(files: Files): string {
  const folder = temporaryFolder();
  writeFiles(folder, files);
  return folder;
}

/** Images by folder: `{ 'train/cat': 2 }` has `train/cat/1.jpg` and `train/cat/2.jpg`. */
function images(counts: Readonly<Record<string, number>>): Files {
  return Object.fromEntries(
    Object.entries(counts).flatMap(([folder, count]) =>
      Array.from({ length: count }, (_, i) => [`${folder}/${i + 1}.jpg`, 'x']),
    ),
  );
}

const read = (files: Files, settings?: unknown) =>
  readDataset(folderWith(files), { layout: 'folders', settings });

/** Classes, and the ids of the test rows. */
const short = ({ heads, train, test: tests }: DatasetDescription) => ({
  classes: heads[0]!.classes,
  train: train.length,
  test: tests.map(({ id }) => id),
});

const decided = ({ decisions = [] }: DatasetDescription) =>
  decisions.map(({ key, value, reason }) => `${key}: ${value}, since ${reason}`);
const omitted = ({ omissions = [] }: DatasetDescription) =>
  omissions.map(
    ({ count, of, what, reason, examples }) => `${count} of ${of} ${what}: ${reason} (${examples[0]})`,
  );

async function unclear(files: Files, settings?: unknown): Promise<UnclearSetting> {
  return (await read(files, settings).then(
    () => undefined,
    (error: unknown) => error,
  )) as UnclearSetting;
}

describe('which folders are splits', () => {
  test.each<[title: string, files: Files, classes: string[], train: number, test: string[]]>([
    [
      'doubled folders',
      images({
        'training_set/training_set/cats': 3,
        'training_set/training_set/dogs': 2,
        'test_set/test_set/cats': 1,
      }),
      ['cats', 'dogs'],
      5,
      ['cats/1.jpg'],
    ],
    [
      'names with more words, which the splits share',
      images({ 'seg_train/sea': 2, 'seg_train/forest': 2, seg_test: 2 }),
      ['forest', 'sea'],
      4,
      ['1.jpg', '2.jpg'],
    ],
    [
      'names with more words, alone or beside a test folder',
      images({
        'asl_alphabet_train/asl_alphabet_train/A': 2,
        'asl_alphabet_train/asl_alphabet_train/B': 1,
        test: 1,
      }),
      ['A', 'B'],
      3,
      ['1.jpg'],
    ],
    ['a training folder alone', images({ 'data_train/A': 2, 'data_train/B': 1 }), ['A', 'B'], 3, []],
    [
      'a folder around them, and one for the images',
      images({ 'archive/Training/images/a': 1, 'archive/Training/images/b': 1, 'archive/Testing/images': 2 }),
      ['a', 'b'],
      2,
      ['images/1.jpg', 'images/2.jpg'],
    ],
    [
      'classes named like splits below one',
      images({ 'train/cat': 1, 'train/dev': 1, 'train/test': 1, 'train/train': 1, 'test/train': 1 }),
      ['cat', 'dev', 'test', 'train'],
      4,
      ['train/1.jpg'],
    ],
    ['a class of trains beside others', images({ bus: 2, car: 2, train: 2 }), ['bus', 'car', 'train'], 6, []],
    [
      'classes with words such as test and train',
      images({ test_tube: 1, bullet_train: 1 }),
      ['bullet_train', 'test_tube'],
      2,
      [],
    ],
    ['a test folder beside classes', images({ cat: 2, dog: 2, test: 1 }), ['cat', 'dog'], 4, ['1.jpg']],
    [
      'nested classes',
      images({ 'train/animals/cat': 1, 'train/animals/dog': 1, 'train/birds/owl': 1 }),
      ['animals', 'birds'],
      3,
      [],
    ],
    [
      'nothing but classes in another folder',
      images({ 'PetImages/Cat': 2, 'PetImages/Dog': 2 }),
      ['Cat', 'Dog'],
      4,
      [],
    ],
    [
      'numbers as classes',
      images({ 'train/10': 1, 'train/9': 1, 'test1/unknown': 1 }),
      ['9', '10'],
      2,
      ['unknown/1.jpg'],
    ],
  ])('%s', async (_, files, classes, train, tests) => {
    const description = await read(files);
    expect(short(description)).toEqual({ classes, train, test: tests });
    // The layout is recognized as well.
    expect((await recognizeLayout(folderWith(files))).layout).toBe('folders');
    // What was recognized is said, and setting it changes nothing.
    const found = new Map(
      (description.decisions ?? []).map(({ key, value }) => [key.split('.').at(-1)!, value]),
    );
    expect(found.get('train')).toBeDefined();
    const settings = { train: found.get('train'), test: found.get('test') ?? false };
    expect(short(await read(files, settings))).toEqual({ classes, train, test: tests });
  });

  test.each<[title: string, files: Files, option: string, choices: unknown[]]>([
    [
      'several test folders',
      images({
        'seg_train/seg_train/a': 1,
        'seg_train/seg_train/b': 1,
        'seg_test/seg_test/a': 1,
        'seg_pred/seg_pred': 1,
      }),
      'test',
      ['seg_pred', 'seg_test', false],
    ],
    [
      'several training folders',
      images({ 'train/a': 1, 'train/b': 1, 'train_extra/a': 1, 'train_extra/b': 1, test: 1 }),
      'train',
      ['train', 'train_extra'],
    ],
    ['one other folder beside train', images({ bus: 1, train: 1 }), 'train', ['.', 'train']],
    [
      'train with folders beside a flat one',
      images({ bus: 1, 'train/a': 1, 'train/b': 1 }),
      'train',
      ['.', 'train'],
    ],
    ['a validation folder beside classes', images({ cat: 1, dog: 1, dev: 1 }), 'train', ['.']],
    [
      'no training folder',
      images({ 'test/a': 1, 'test/b': 1, 'val/a': 1, 'val/b': 1 }),
      'train',
      ['.', 'test', 'val'],
    ],
    [
      'splits inside of classes',
      images({ 'bottle/train': 2, 'bottle/test': 1, 'cable/train': 2, 'cable/test': 1 }),
      'train',
      ['.'],
    ],
    [
      'the classes again in a folder of their own',
      images({ 'cells/good': 2, 'cells/bad': 2, 'cells/cells/good': 2, 'cells/cells/bad': 2 }),
      'train',
      ['cells', 'cells/cells'],
    ],
    [
      'domains or folds that have the same classes',
      images({ 'art/cat': 2, 'art/dog': 2, 'photo/cat': 2, 'photo/dog': 2 }),
      'train',
      ['.', 'art', 'photo'],
    ],
    [
      'images and masks of each class',
      images({ 'train/a/images': 2, 'train/a/masks': 2, 'train/b/images': 2, 'train/b/masks': 2 }),
      'train',
      ['train', 'train/a', 'train/b'],
    ],
  ])('asks: %s', async (_, files, option, choices) => {
    const error = await unclear(files);
    expect(error.option).toBe(option);
    expect(error.choices.map(({ value }) => value)).toEqual(choices);
    expect(error.problem.got).toBeDefined();
    // Whatever is chosen, that question is settled.
    for (const value of choices) {
      const next = await unclear(files, { [option]: value });
      expect(next?.option, JSON.stringify(value)).not.toBe(option);
    }
    const recognition = await recognizeLayout(folderWith(files));
    expect(recognition.layout).toBe('folders');
  });

  test('images of all classes in one folder are left to tables', async () => {
    const files = images({ train: 3, test: 2 });
    expect((await recognizeLayout(folderWith(files))).layout).toBeUndefined();
    await expect(read(files)).rejects.toThrow(
      'set data.options.train to the folder that contains the class folders',
    );
  });

  test('"." makes a class of every folder at the top', async () => {
    const { heads } = await read(images({ cat: 1, dog: 1, test: 1 }), { train: '.' });
    expect(heads[0]!.classes).toEqual(['cat', 'dog', 'test']);
  });
});

test('says what it recognized and what it joined', async () => {
  const description = await read({
    ...images({ 'train/train/x': 2, 'train/train/y': 1, 'train/train/y/deep': 1, 'val/x': 1, 'test/x': 1 }),
    'sample_submission.csv': 'id,label\nx/1,x\n',
  });
  expect(decided(description)).toEqual([
    'data.options.train: train/train, since its name stands for training; train contains nothing else',
    'data.options.test: test, since its name stands for test',
    'data.options.validation: val, since its name stands for validation; its 1 images join the training rows, since folds are made again (false leaves them out)',
    'data.options.classes: 2 classes, since 1 folder inside of class folders, such as train/train/y/deep, belong to these classes',
    'data.options.sampleSubmission: sample_submission.csv, since its name is usual',
    'data.options.sampleId: id, since 100 % of its first cells are ids of test images',
    'data.options.head: label, since the default',
  ]);
});

test('says what it leaves out', async () => {
  const folder = folderWith({
    ...images({
      'train/x': 2,
      'train/y': 1,
      train: 1,
      unlabeled: 2,
      'test/wolf': 1,
      test: 1,
      'train/@eaDir': 3,
    }),
    'sample_submission.csv': 'id,label\nwolf/1,x\n7,x\n',
    'labels.csv': 'id,label\n1,x\n',
  });
  mkdirSync(join(folder, 'train/owl'));
  const description = await readDataset(folder, { layout: 'folders' });
  expect(description.heads[0]!.classes).toEqual(['x', 'y']);
  expect(omitted(description)).toEqual([
    '1 of 3 class folders: they have no images (train/owl)',
    "1 of 1 labels of test images: the training images have no class of their folder's name (test/wolf/1.jpg)",
    '1 of 8 images: sample_submission.csv does not ask for them (test/1.jpg)',
    '1 of 8 images: they lie in no class folder (train/1.jpg)',
    '2 of 8 images: they lie beside the folders of the splits (unlabeled/1.jpg)',
    '1 of 2 test rows: the folder does not have their image (sample_submission.csv:3 "7")',
    '1 of 2 tables: no setting names them (labels.csv)',
    '3 of 11 files: systems and programs make such hidden files, thumbnails and trash (train/@eaDir/1.jpg)',
  ]);
});

test('the image of an id: its own, by the whole name first', async () => {
  const names = ['x.png', 'x.png.jpg', '7.jpg', '7.png', 'z.jpg', 'z.jpg.png'];
  const description = await read({
    ...images({ 'train/a': 1, 'train/b': 1 }),
    ...Object.fromEntries(names.map((name) => [`test/${name}`, 'x'])),
    'sample_submission.csv': `id,label\n${names.map((name) => `${name},a`).join('\n')}\n`,
  });
  expect(description.test.map(({ id, image }) => [id, image.path])).toEqual(
    names.map((name) => [name, `test/${name}`]),
  );
});

test('several images for one id are an error, and its fix settles it', async () => {
  const files = {
    ...images({ 'train/x': 1, 'train/y': 1, 'test/a': 2, 'test/b': 2 }),
    'sample_submission.csv': 'id,label\n1,x\n2,y\n',
  };
  await expect(read(files)).rejects.toThrow(
    'sample_submission.csv:2 column "id": 2 images match "1": got test/a/1.jpg, test/b/1.jpg\n  fix: set data.options.test to the right folder',
  );
  const { test: tests } = await read(files, { test: 'test/b' });
  expect(tests.map(({ image }) => image.path)).toEqual(['test/b/1.jpg', 'test/b/2.jpg']);
});

test('a validation folder with another class: each fix changes the outcome', async () => {
  const files = images({ 'train/x': 1, 'train/y': 1, 'val/z': 1 });
  await expect(read(files)).rejects.toThrow('val/z/1.jpg: this folder is not a class');
  expect(short(await read(files, { validation: false })).train).toBe(2);
  expect(short(await read(files, { classes: ['x', 'y'] })).train).toBe(2);
  expect(short(await read(files, { classes: ['x', 'y', 'z'] })).train).toBe(3);
});

test('names of JavaScript objects are classes like others', async () => {
  const { heads, train } = await read(
    images({ 'train/constructor': 1, 'train/__proto__': 1, 'train/toString': 1 }),
  );
  expect(heads[0]!.classes).toEqual(['__proto__', 'constructor', 'toString']);
  expect(train.map(({ labels }) => labels.label)).toEqual(['__proto__', 'constructor', 'toString']);
});
