import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { temporaryFolder, writeFiles } from '../../test/temporary-folder.ts';
import type { ManifestRow } from '../manifest/types.ts';
import { writeMaskCompetition } from '../testing/mask-competition.ts';
import { layouts } from './index.ts';
import { readDataset, recognizeLayout } from './read-dataset.ts';

function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = temporaryFolder();
  writeFiles(folder, files);
  return folder;
}

/** Files whose content does not matter. */
function images(...paths: string[]): Record<string, string> {
  return Object.fromEntries(paths.map((path) => [path, 'x']));
}

function read(files: Readonly<Record<string, string | Uint8Array>>, settings?: unknown, layout?: string) {
  return readDataset(folderWith(files), { settings, layout });
}

const short = (rows: readonly ManifestRow[]) =>
  rows.map(({ id, image, labels }) => [id, image.path, ...Object.values(labels)]);

test('every layout has a summary, and a description of every setting', () => {
  expect(layouts.names()).toEqual(['csv', 'file-names', 'folders', 'idx', 'person-folders', 'pixels']);
  for (const { summary, settings } of layouts) {
    expect(summary).toMatch(/^\S.{10,90}$/);
    for (const [key, schema] of Object.entries(settings.shape)) {
      expect((schema as z.ZodType).description, key).toMatch(/^[a-z].{10,250}$/);
    }
  }
});

test.each(layouts.names())('%s rejects unknown settings', async (name) => {
  const files = {
    ...images('train/a/1.jpg', 'train/b/2.jpg'),
    'train.csv': 'id,gender,race,age,path,label,pixel0\n',
  };
  await expect(read(files, { nosuch: 1 }, name)).rejects.toMatchObject({
    code: 'layout-settings',
    problem: { path: { key: 'data.options.nosuch' } },
  });
  await expect(read(files, [], name)).rejects.toMatchObject({ code: 'layout-settings' });
});

test('csv: ids with or without extension and folders, hidden files skipped, both Unicode forms', async () => {
  const {
    train,
    test: tests,
    heads,
    submission,
    unlisted,
    missing,
    layout,
  } = await read({
    ...images('train/a.jpg', 'train/b.JPEG', 'train/deep/c.png', 'train/caf\u00e9.jpg', 'train/._a.jpg'),
    ...images('__MACOSX/train/a.jpg', 'test/a.jpg', 'test/e.jpg', 'train/extra.jpg', '.hidden/b.jpg'),
    'train.csv': 'image_id,label\na,cat\nb.jpg,dog\ndeep/c.png,cat\ncafe\u0301,dog\ngone,dog\n',
    'sample_submission.csv': 'image_id,label\ne,cat\na,cat\n',
  });
  expect(layout).toBe('csv');
  expect(short(train)).toEqual([
    ['a', 'train/a.jpg', 'cat'],
    ['b.jpg', 'train/b.JPEG', 'dog'],
    ['deep/c.png', 'train/deep/c.png', 'cat'],
    ['cafe\u0301', 'train/caf\u00e9.jpg', 'dog'],
  ]);
  expect(short(tests)).toEqual([
    ['e', 'test/e.jpg'],
    ['a', 'test/a.jpg'],
  ]);
  expect(heads).toEqual([{ name: 'label', task: 'single-label', classes: ['cat', 'dog'] }]);
  expect(submission).toEqual({
    path: 'sample_submission.csv',
    idColumn: 'image_id',
    valueColumns: ['label'],
  });
  expect(missing).toEqual([{ id: 'gone', split: 'train', table: 'train.csv', line: 6 }]);
  expect(unlisted).toEqual(['train/extra.jpg']);
});

const ABC = images('i/a.jpg', 'i/b.jpg', 'i/c.jpg');

test.each([
  [
    'whole numbers are classes in numeric order',
    'id,label\na,10\nb,9\nc,10\n',
    [['label', 'single-label', '9 10']],
    ['10', '9', '10'],
  ],
  [
    'columns with one 1 per row',
    'id,x,y\na,1,0\nb,0,1\nc,1,0\n',
    [['label', 'single-label', 'x y']],
    ['x', 'y', 'x'],
  ],
  [
    'columns with several 1s per row',
    'id,x,y\na,1,1\nb,0,1\nc,0,0\n',
    [['label', 'multi-label', 'x y']],
    [['x', 'y'], ['y'], []],
  ],
])('csv: %s', async (_, table, heads, labels) => {
  const result = await read({ ...ABC, 'train.csv': table });
  expect(result.heads.map(({ name, task, classes }) => [name, task, classes.join(' ')])).toEqual(heads);
  expect(result.train.map((row) => Object.values(row.labels)[0])).toEqual(labels);
});

test('csv: several label columns are heads if the sample submission has them', async () => {
  const { heads, train } = await read({
    ...images('i/a.jpg', 'i/b.jpg', 'i/t.jpg'),
    'train.csv': 'id,root,vowel,note\na,3,x,n\nb,4,y,m\n',
    'sample_submission.csv': 'id,root,vowel\nt,0,x\n',
  });
  expect(heads.map(({ name, classes }) => [name, classes])).toEqual([
    ['root', ['3', '4']],
    ['vowel', ['x', 'y']],
  ]);
  expect(train[0]?.labels).toEqual({ root: '3', vowel: 'x' });
});

test("csv: the submission's columns determine the classes and their order", async () => {
  const { heads } = await read({
    ...images('train/a.jpg', 'train/b.jpg', 'test/t.jpg'),
    'labels.csv': 'id,breed\na,pug\nb,collie\n',
    'sample_submission.csv': 'id,pug,collie,beagle\nt,0.3,0.3,0.3\n',
  });
  expect(heads).toEqual([{ name: 'breed', task: 'single-label', classes: ['pug', 'collie', 'beagle'] }]);
});

test('csv: labels separated by spaces, recognized and as set', async () => {
  const names = ['a b', 'a', 'b', 'a c', 'c', 'b c', 'a b c'];
  const files = {
    ...images(...names.map((_, i) => `i/${i}.jpg`)),
    'train.csv': `image,labels\n${names.map((name, i) => `${i}.jpg,${name}`).join('\n')}\n`,
  };
  const { heads, train } = await read(files);
  expect(heads[0]).toMatchObject({ task: 'multi-label', classes: ['a', 'b', 'c'] });
  expect(train[6]?.labels).toEqual({ labels: ['a', 'b', 'c'] });
  const set = await read(files, { labels: { column: 'labels', separator: ' ', classes: ['c', 'b', 'a'] } });
  expect(set.heads[0]?.classes).toEqual(['c', 'b', 'a']);
  const one = await read(files, { labels: 'labels' });
  expect(one.heads[0]).toMatchObject({ task: 'single-label', classes: [...names].sort() });
});

test('csv: probabilities become soft labels that sum to 1 exactly', async () => {
  const { heads, train } = await read({
    ...ABC,
    'train.csv': 'id,x,y\na,0.25,0.75\nb,0.3333,0.6666\nc,1,0\n',
  });
  expect(heads).toEqual([{ name: 'label', task: 'single-label', classes: ['x', 'y'] }]);
  expect(train[0]).toMatchObject({ labels: {}, softLabels: { label: [0.25, 0.75] } });
  const sum = (train[1]?.softLabels?.label ?? []).reduce((a, b) => a + b, 0);
  expect(sum).toBeCloseTo(1, 12);
});

test('csv: groups and classes by pattern, weights, semicolons', async () => {
  const { train, heads } = await read(
    { ...ABC, 'index.csv': 'code;name;w\na;Rice, raw;1\nb;Rice-cooked;2\nc;Milk;0.5\n' },
    {
      labels: { name: 'first', column: 'code', pattern: '^(.)' },
      group: { column: 'name', pattern: '^[^,-]*' },
      weight: 'w',
    },
  );
  expect(heads[0]).toEqual({ name: 'first', task: 'single-label', classes: ['a', 'b', 'c'] });
  expect(train.map(({ group, weight }) => [group, weight])).toEqual([
    ['Rice', 1],
    ['Rice', 2],
    ['Milk', 0.5],
  ]);
});

test('csv: a column that may group rows is not a label, and is reported unless it is the group', async () => {
  const files = { ...ABC, 'train.csv': 'id,patient_id,diagnosis\na,p1,x\nb,p1,y\nc,p2,x\n' };
  const { heads, possibleGroups, train } = await read(files);
  expect(heads[0]).toMatchObject({ name: 'diagnosis', classes: ['x', 'y'] });
  expect(train[0]).not.toHaveProperty('group');
  expect(possibleGroups).toEqual([{ table: 'train.csv', column: 'patient_id', groups: 2, rows: 3 }]);
  const grouped = await read(files, { group: 'patient_id' });
  expect(grouped.train.map(({ group }) => group)).toEqual(['p1', 'p1', 'p2']);
  expect(grouped).not.toHaveProperty('possibleGroups');
});

test.each([
  ['a path that climbs', 'id,label\n../../etc/passwd,cat\n', 'layout-unsafe-path', 'train.csv:2 column "id"'],
  ['an absolute path', 'id,label\n/etc/passwd,cat\n', 'layout-unsafe-path', 'train.csv:2'],
  ['a path of Windows', 'id,label\nC:\\x\\z.jpg,cat\n', 'layout-unsafe-path', 'train.csv:2'],
  ['an id twice', 'id,label\na,cat\nb,dog\na,dog\n', 'layout-duplicate-id', 'train.csv:4 column "id"'],
  ['no label column', 'id\na\nb\n', 'layout-labels-unclear', 'got no other column'],
  ['labels that are unclear', 'id,x,y\na,p,q\nb,r,s\n', 'layout-labels-unclear', 'got x, y'],
])('csv: rejects %s', async (_, table, code, message) => {
  const failure = await read({ ...ABC, 'train.csv': `${table.trimEnd()}\n` }, { id: 'id' }, 'csv').catch(
    (e) => e,
  );
  expect(failure).toMatchObject({ code });
  expect(failure.message).toContain(message);
});

test.each([
  [
    'a class that is not listed',
    { labels: { column: 'label', classes: ['cat', 'dog'] } },
    'layout-label',
    'did you mean "dog"?',
  ],
  ['an unknown column', { id: 'idd' }, 'table-unknown-column', 'did you mean "id"?'],
  [
    'a wrong kind',
    { labels: { columns: ['x', 'y'], kind: 'onehot' } },
    'layout-settings',
    'data.options.labels.kind: expected one-hot|multi-label|soft|list|number, got "onehot" (did you mean "one-hot"?)',
  ],
  ['a missing table', { train: 'trian.csv' }, 'layout-settings', 'did you mean "train.csv"?'],
  [
    'a broken pattern',
    { group: { column: 'id', pattern: '(' } },
    'layout-settings',
    'data.options.group.pattern: expected a regular expression (Unterminated group), got "("',
  ],
  [
    'a slip in a key',
    { labels: { colum: 'label' } },
    'layout-settings',
    'data.options.labels.column: expected either column or columns, got nothing',
  ],
  [
    'a slip among good keys',
    { labels: [{ column: 'label', patern: 'x' }] },
    'layout-settings',
    'did you mean "pattern"?',
  ],
  [
    'a wrong list of labels',
    { labels: ['label', { columns: ['x'], kind: 'soft', classes: ['a', 'b'] }] },
    'layout-settings',
    'data.options.labels[1].classes: expected 1 classes, one per column',
  ],
  [
    'both separator and pattern',
    { labels: { column: 'label', separator: ' ', pattern: 'x' } },
    'layout-settings',
    'data.options.labels.pattern: expected either separator or pattern',
  ],
  ['no label', { labels: [] }, 'layout-settings', 'data.options.labels: expected at least one label column'],
  ['heads twice', { labels: ['label', 'label'] }, 'layout-settings', 'heads with different names'],
  ['a folder outside', { images: '../x' }, 'layout-unsafe-path', 'data.options.images'],
])('csv: settings with %s', async (_, settings, code, message) => {
  const failure = await read({ ...ABC, 'train.csv': 'id,label\na,cat\nb,dgo\n' }, settings, 'csv').catch(
    (e) => e,
  );
  expect(failure).toMatchObject({ code });
  expect(failure.message).toContain(message);
});

test('csv: two files that match an id are an error unless a folder is set', async () => {
  const files = { ...images('one/a.jpg', 'two/a.jpg', 'two/b.jpg'), 'train.csv': 'id,label\na,x\nb,y\n' };
  await expect(read(files)).rejects.toThrow('one/a.jpg, two/a.jpg');
  expect(short((await read(files, { images: 'two' })).train)[0]).toEqual(['a', 'two/a.jpg', 'x']);
});

test('folders: classes in train, a test folder without classes, ids by path', async () => {
  const {
    layout,
    train,
    test: tests,
    heads,
  } = await read(
    images(
      'set/train/dog/1.jpg',
      'set/train/cat/1.jpg',
      'set/train/cat/deep/2.jpg',
      'set/test/9.jpg',
      'set/test/10.jpg',
    ),
  );
  expect(layout).toBe('folders');
  expect(short(train)).toEqual([
    ['cat/1.jpg', 'set/train/cat/1.jpg', 'cat'],
    ['cat/deep/2.jpg', 'set/train/cat/deep/2.jpg', 'cat'],
    ['dog/1.jpg', 'set/train/dog/1.jpg', 'dog'],
  ]);
  expect(short(tests)).toEqual([
    ['10.jpg', 'set/test/10.jpg'],
    ['9.jpg', 'set/test/9.jpg'],
  ]);
  expect(heads[0]?.classes).toEqual(['cat', 'dog']);
});

test('folders: classes in the root; validation images join the training rows; the sample orders the test rows', async () => {
  const bare = await read(images('10/a.jpg', '9/a.jpg'));
  expect(bare.heads[0]?.classes).toEqual(['9', '10']);
  const more = await read({
    ...images('train/x/1.jpg', 'train/y/1.jpg', 'val/x/1.jpg', 'test/b.jpg', 'test/a.jpg'),
    'sample_submission.csv': 'id,label\nb,x\na,x\nz,y\n',
  });
  expect(short(more.train)).toContainEqual(['val/x/1.jpg', 'val/x/1.jpg', 'x']);
  expect(short(more.test)).toEqual([
    ['b', 'test/b.jpg'],
    ['a', 'test/a.jpg'],
  ]);
  expect(more.missing).toEqual([{ id: 'z', split: 'test', table: 'sample_submission.csv', line: 4 }]);
  const bad = read(images('train/x/1.jpg', 'train/y/1.jpg', 'val/xx/1.jpg'));
  await expect(bad).rejects.toThrow(
    'val/xx/1.jpg: this folder is not a class of the training folder: expected x|y',
  );
});

const header = `pixel${Array.from({ length: 16 }, (_, i) => i).join(',pixel')}`;

test('pixels: rows of pixels, by their byte offsets', async () => {
  const pixels = Array.from({ length: 16 }, (_, i) => i * 16).join(',');
  const train = `label,${header}\r\n7,${pixels}\r\n3,${pixels}\r\n`;
  const {
    layout,
    train: rows,
    test: tests,
    heads,
  } = await read({
    'train.csv': train,
    'test.csv': `${header}\n${pixels}\n${pixels}\n`,
    'sample_submission.csv': 'ImageId,Label\n1,0\n2,0\n',
  });
  expect(layout).toBe('pixels');
  expect(heads[0]).toEqual({ name: 'label', task: 'single-label', classes: ['3', '7'] });
  expect(rows.map(({ id, labels }) => [id, labels.label])).toEqual([
    ['train-1', '7'],
    ['train-2', '3'],
  ]);
  expect(tests.map(({ id }) => id)).toEqual(['1', '2']);
  for (const row of rows) {
    if (row.image.kind !== 'text') throw new Error('no text');
    expect(row.image).toMatchObject({ width: 4, height: 4, channels: 1 });
    expect(train.slice(row.image.offset, row.image.offset + row.image.length)).toBe(pixels);
  }
});

test('pixels: false means that there is no such table', async () => {
  const pixels = Array.from({ length: 16 }, (_, i) => i).join(',');
  const files = {
    'train.csv': `label,${header}\n7,${pixels}\n`,
    'test.csv': `${header}\n${pixels}\n`,
    'sample_submission.csv': 'ImageId,Label\n1,0\n',
  };
  expect((await read(files, { sampleSubmission: false })).submission).toBeUndefined();
  const none = await read(files, { test: false, sampleSubmission: false });
  expect(none.test).toEqual([]);
});

test.each([
  [
    'a row cut short',
    { 'train.csv': `label,${header}\n1,2,3\n` },
    {},
    'train.csv:2: expected 17 cells, one per column',
  ],
  ['a size that does not fit', { 'train.csv': `label,${header}\n` }, { width: 5 }, 'data.options.width'],
  ['no label column', { 'train.csv': `lable,${header}\n` }, { label: 'label' }, 'did you mean "lable"?'],
])('pixels: rejects %s', async (_, files, settings, message) => {
  await expect(read(files as Record<string, string>, settings, 'pixels')).rejects.toThrow(message);
});

function idxFile(type: number, shape: readonly number[], data: number): Uint8Array {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head.set([0, 0, type, shape.length]);
  for (const [i, length] of shape.entries()) head.writeUInt32BE(length, 4 + 4 * i);
  return Buffer.concat([head, Buffer.from(Array.from({ length: data }, (_, i) => i % 3))]);
}

test('idx: a file of holes that claims a billion images is rejected before a row is made', async () => {
  const root = temporaryFolder();
  const count = 2 ** 30;
  for (const [name, shape] of [
    ['train-images-idx3-ubyte', [count, 1, 1]],
    ['train-labels-idx1-ubyte', [count]],
  ] as const) {
    const file = join(root, name);
    writeFileSync(file, idxFile(8, shape, 0));
    truncateSync(file, 4 + 4 * shape.length + count);
  }
  await expect(readDataset(root, { layout: 'idx' })).rejects.toThrow(
    'more images than a competition can have: expected at most 16777216, got 1073741824',
  );
});

test('idx: images and labels, by their offsets', async () => {
  const {
    layout,
    train,
    test: tests,
  } = await read({
    'train-images-idx3-ubyte': idxFile(8, [3, 2, 2], 12),
    'train-labels-idx1-ubyte': idxFile(8, [3], 3),
    't10k-images.idx3-ubyte': idxFile(8, [1, 2, 2], 4),
  });
  expect(layout).toBe('idx');
  expect(train[2]).toMatchObject({
    id: 'train-00002',
    image: { kind: 'raw', path: 'train-images-idx3-ubyte', offset: 24, width: 2, height: 2, channels: 1 },
    labels: { label: '2' },
  });
  expect(tests).toHaveLength(1);
});

test.each([
  ['gzip', { 'train-images-idx3-ubyte.gz': 'x' }, 'gunzip -k train-images-idx3-ubyte.gz'],
  ['a cut file', { 'train-images-idx3-ubyte': idxFile(8, [3, 2, 2], 11) }, 'expected 28 bytes'],
  ['other numbers', { 'train-images-idx3-ubyte': idxFile(13, [3, 2, 2], 12) }, 'which starts with 00 00 08'],
  ['no labels', { 'train-labels-idx1-ubyte': undefined }, 'expected a file such as train-labels'],
  ['fewer labels', { 'train-labels-idx1-ubyte': idxFile(8, [2], 2) }, 'expected 3 labels'],
])('idx: rejects %s', async (_, files, message) => {
  const whole = {
    ...('train-images-idx3-ubyte.gz' in files
      ? {}
      : { 'train-images-idx3-ubyte': idxFile(8, [3, 2, 2], 12) }),
    'train-labels-idx1-ubyte': idxFile(8, [3], 3),
    ...files,
  };
  const present = Object.fromEntries(Object.entries(whole).filter(([, content]) => content !== undefined));
  await expect(read(present as Record<string, Uint8Array>, {}, 'idx')).rejects.toThrow(message);
});

test('person-folders: the mask competition, drawn', async () => {
  const folder = temporaryFolder();
  await writeMaskCompetition(folder, { people: 3, testPeople: 1, width: 24, height: 32 });
  const { layout, train, test: tests, heads, submission, missing, unlisted } = await readDataset(folder);
  expect(layout).toBe('person-folders');
  expect([train.length, tests.length, missing.length, unlisted.length]).toEqual([21, 7, 0, 0]);
  expect(heads[0]?.classes).toHaveLength(18);
  expect(new Set(train.map(({ group }) => group)).size).toBe(3);
  expect(submission).toMatchObject({ path: 'eval/info.csv', idColumn: 'ImageID', valueColumns: ['ans'] });
  expect(train[0]?.image.path).toContain('train/images/000001_');
});

const PERSON = 'id,gender,race,age,path\n000001,female,Asian,45,000001_female_Asian_45\n';
const SEVEN = images(
  ...['mask1', 'mask2', 'mask3', 'mask4', 'mask5', 'incorrect_mask', 'normal'].map(
    (name, i) => `images/000001_female_Asian_45/${name}.${i % 2 === 0 ? 'jpg' : 'PNG'}`,
  ),
);

test('person-folders: mask x 6 + gender x 3 + age group, with age groups and heads as set', async () => {
  const files = { ...SEVEN, 'train.csv': PERSON };
  const classes = (await read(files)).train.map((row) => row.labels.class);
  expect(classes).toEqual(['4', '4', '4', '4', '4', '10', '16']);
  const { heads, train } = await read(files, { ages: [30, 40, 45], heads: 'both' });
  expect(heads.map(({ name }) => name)).toEqual(['class', 'mask', 'gender', 'age']);
  expect(heads[3]?.classes).toEqual(['<30', '30-39', '40-44', '>=45']);
  expect(train[6]?.labels).toEqual({ class: '23', mask: 'normal', gender: 'female', age: '>=45' });
});

test.each([
  ['an invalid age', PERSON.replace('45,', 'old,'), 'train.csv:2 column "age": expected an age'],
  ['an unknown gender', PERSON.replace('female,', 'femal,'), 'did you mean "female"?'],
  ['a path that climbs', PERSON.replace(/,0+1_/, ',../000001_'), 'may lead out'],
])('person-folders: rejects %s', async (_, table, message) => {
  await expect(read({ ...SEVEN, 'train.csv': table }, {}, 'person-folders')).rejects.toThrow(message);
});

test('person-folders: a missing photograph is reported by name', async () => {
  const { 'images/000001_female_Asian_45/mask1.jpg': _, ...six } = SEVEN;
  const { missing, train } = await read({ ...six, 'train.csv': PERSON });
  expect(train).toHaveLength(6);
  expect(missing[0]).toMatchObject({ id: '000001_female_Asian_45/mask1', split: 'train', line: 2 });
});

test('explains its choice, and asks if it cannot tell', async () => {
  const recognition = await recognizeLayout(folderWith({ ...ABC, 'train.csv': 'id,label\na,x\nb,y\n' }));
  expect(recognition.layout).toBe('csv');
  expect(recognition.candidates[0]?.evidence[0]).toContain('100 % of the first rows of train.csv');
  await expect(read({ 'notes.txt': 'x' })).rejects.toMatchObject({ code: 'layout-unrecognized' });
  await expect(read(ABC, {}, 'cvs')).rejects.toThrow('did you mean "csv"?');
});

test('links that lead out of the folder are an error unless allowed; circular links end', async () => {
  const outside = folderWith(images('secret/a.jpg', 'secret/b.jpg'));
  const folder = folderWith({ 'train.csv': 'id,label\na,x\nb,y\n' });
  symlinkSync(join(outside, 'secret'), join(folder, 'train'));
  await expect(readDataset(folder)).rejects.toMatchObject({ code: 'folder-outside-link' });
  const { train } = await readDataset(folder, { allowOutsideLinks: true });
  expect(train).toHaveLength(2);
  const circle = folderWith({ 'x/a.jpg': 'x', 'y/a.jpg': 'x' });
  mkdirSync(join(circle, 'x/sub'));
  symlinkSync('..', join(circle, 'x/sub/again'));
  expect((await readDataset(circle)).train).toHaveLength(2);
});
