import { expect, test } from 'vitest';
import { temporaryFolder, writeFiles } from '../../test/temporary-folder.ts';
import type { DatasetDescription } from './layout.ts';
import { type ReadDatasetOptions, readDataset } from './read-dataset.ts';
import { settingText, UnclearSetting } from './unclear-setting.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;

/** Files whose content does not matter. */
function images(...paths: string[]): Record<string, string> {
  return Object.fromEntries(paths.map((path) => [path, 'x']));
}

const ABC = images('i/a.jpg', 'i/b.jpg', 'i/c.jpg');
const SPLIT = images('train/a.jpg', 'train/b.jpg', 'train/c.jpg', 'test/t.jpg', 'test/u.jpg');

function read(files: Files, settings: unknown = {}, options: ReadDatasetOptions = {}) {
  const folder = temporaryFolder();
  writeFiles(folder, files);
  return readDataset(folder, { layout: 'csv', settings, ...options });
}

async function failure(files: Files, settings: unknown = {}, options: ReadDatasetOptions = {}) {
  const error = await read(files, settings, options).catch((reason) => reason);
  expect(error).toBeInstanceOf(Error);
  return error as UnclearSetting;
}

const labels = ({ train }: DatasetDescription) =>
  train.map((row) => [row.id, ...Object.values(row.labels), ...Object.values(row.softLabels ?? {})]);
const decided = ({ decisions = [] }: DatasetDescription, option: string) =>
  decisions.filter(({ key }) => key === `data.options.${option}`).map(({ value }) => value);
const left = ({ omissions = [] }: DatasetDescription) =>
  omissions.map(({ what, count, of, reason, examples }) => `${count}/${of} ${what}: ${reason}: ${examples}`);

// What an error says to set has to change the outcome.

test.each([
  [
    'a table that begins with data',
    { ...SPLIT, 'train.csv': 'a.jpg,cat\nb.jpg,dog\nc.jpg,cat\n' },
    'table-no-header',
    { header: { 'train.csv': ['id', 'label'] } },
    [
      ['a.jpg', 'cat'],
      ['b.jpg', 'dog'],
      ['c.jpg', 'cat'],
    ],
  ],
  [
    'a table that begins with numbers',
    { ...images('i/1.jpg', 'i/2.jpg', 'i/3.jpg'), 'train.csv': '1,0\n2,1\n3,0\n' },
    'table-no-header',
    { header: { 'train.csv': ['id', 'label'] } },
    [
      ['1', '0'],
      ['2', '1'],
      ['3', '0'],
    ],
  ],
  [
    'two delimiters that fit',
    { ...ABC, 'train.csv': 'id (a, b);label\na;x, y\nb;z, y\nc;x, y\n' },
    'table-delimiter',
    { delimiter: ';' },
    [
      ['a', 'x, y'],
      ['b', 'z, y'],
      ['c', 'x, y'],
    ],
  ],
  [
    'an encoding that cannot be recognized',
    { ...ABC, 'train.csv': Buffer.from('id,label\na,K\u00e4fer\nb,Eule\nc,Eule\n', 'latin1') },
    'table-encoding',
    { encoding: 'windows-1252' },
    [
      ['a', 'K\u00e4fer'],
      ['b', 'Eule'],
      ['c', 'Eule'],
    ],
    'data.options.encoding to windows-1252',
  ],
  [
    'a cell that is neither 0 nor 1',
    {
      ...SPLIT,
      'train.csv': 'id,x,y\na,1.0,0.0\nb,-1.0,1.0\nc,,1.0\n',
      'sample_submission.csv': 'id,x,y\nt,0.5,0.5\n',
    },
    'layout-labels-unclear',
    { labels: { columns: ['x', 'y'], kind: 'multi-label', values: { '-1.0': 0 } } },
    'layout-label',
  ],
  [
    'an empty cell among labels',
    {
      ...SPLIT,
      'train.csv': 'id,x,y\na,1.0,0.0\nb,-1.0,1.0\nc,,1.0\n',
      'sample_submission.csv': 'id,x,y\nt,0.5,0.5\n',
    },
    'layout-label',
    { labels: { columns: ['x', 'y'], kind: 'multi-label', values: { '-1.0': 0, '': 0 } } },
    [
      ['a', ['x']],
      ['b', ['y']],
      ['c', ['y']],
    ],
    undefined,
    { labels: { columns: ['x', 'y'], kind: 'multi-label', values: { '-1.0': 0 } } },
  ],
  [
    'several 1s in a row that should have one',
    { ...ABC, 'train.csv': 'id,x,y\na,1,0\nb,1,1\nc,0,1\n' },
    'layout-label',
    { labels: { columns: ['x', 'y'], kind: 'multi-label' } },
    [
      ['a', ['x']],
      ['b', ['x', 'y']],
      ['c', ['y']],
    ],
    undefined,
    { labels: { columns: ['x', 'y'], kind: 'one-hot' } },
  ],
] as [string, Files, string, Record<string, unknown>, unknown, string?, object?][])(
  'the cure of %s works',
  async (_, files, code, cure, expected, says, settings) => {
    const error = await failure(files, settings);
    expect(error).toMatchObject({ code });
    const [[option, value]] = Object.entries(cure) as [[string, unknown]];
    expect(error.message).toContain(says ?? `data.options.${option}: ${settingText(value)}`);
    if (typeof expected === 'string') expect(await failure(files, cure)).toMatchObject({ code: expected });
    else expect(labels(await read(files, cure))).toEqual(expected);
    // The same without naming the layout, where another layout cannot fit either.
    if (typeof expected !== 'string')
      expect(labels(await read(files, cure, { layout: undefined }))).toEqual(expected);
  },
);

test.each([
  [
    'tables that may have the labels',
    { ...ABC, 'train_boxes.csv': 'id,label\na,x\n', 'train_labels.csv': 'id,label\na,x\nb,y\n' },
    'train',
    ['train_boxes.csv', 'train_labels.csv'],
  ],
  [
    'samples',
    {
      ...SPLIT,
      'train.csv': 'id,label\na,x\nb,y\n',
      'sample_submission_1.csv': 'id,label\nt,x\n',
      'sample_submission_2.csv': 'id,label\nu,x\n',
    },
    'sampleSubmission',
    ['sample_submission_1.csv', 'sample_submission_2.csv', false],
  ],
  [
    'columns of labels',
    { ...ABC, 'train.csv': 'id,shape,color\na,p,q\nb,r,s\n' },
    'labels',
    ['shape', 'color'],
  ],
  [
    'ways to read a cell',
    { ...ABC, 'train.csv': 'id,label\na,"x,y"\nb,"y,z"\nc,"x,z"\n' },
    'labels',
    ['label', { column: 'label', separator: ',' }],
  ],
  [
    'kinds of columns of 0 and 1',
    {
      ...images(...Array.from({ length: 20 }, (_, i) => `i/${i}.jpg`)),
      'train.csv': `id,x,y\n${Array.from({ length: 20 }, (_, i) => `${i},${i === 7 ? '0,0' : i % 2 ? '1,0' : '0,1'}`).join('\n')}\n`,
    },
    'labels',
    [
      { columns: ['x', 'y'], kind: 'one-hot' },
      { columns: ['x', 'y'], kind: 'multi-label' },
    ],
  ],
  [
    'lengths of numbers that lost their zeros',
    { ...images('i/001.jpg', 'i/0002.jpg', 'i/0010.jpg', 'i/010.jpg'), 'train.csv': 'id,label\n1,x\n2,y\n' },
    'pad',
    [3, 4],
  ],
  [
    'marks of test rows',
    { ...ABC, 'train.csv': 'id,label,split\na,x,train\nb,y,test\nc,x,extra\n' },
    'split',
    [{ column: 'split', test: ['test'] }, false],
  ],
])('several %s are asked for, and every choice is possible', async (_, files, option, values) => {
  const error = await failure(files);
  expect(error).toBeInstanceOf(UnclearSetting);
  expect(error.option).toBe(option);
  expect(error.choices.map(({ value }) => value)).toEqual(values);
  const results = [];
  for (const value of values) {
    const text = `data.options.${option}: ${settingText(value)}`;
    expect(error.message).toContain(text);
    const { train, test: tests, heads } = await read(files, { [option]: value });
    results.push(JSON.stringify([train, tests, heads]));
  }
  expect(new Set(results).size).toBe(values.length);
});

// Which tables and columns.

test('a surer name wins, and the others are told', async () => {
  const data = await read({
    ...ABC,
    'train.csv': 'id,label\na,x\nb,y\n',
    'train_boxes.csv': 'id,label\na,z\n',
    'deeper/train.csv': 'id,label\na,z\n',
    'notes.xlsx': 'x',
    'more.csv.gz': 'x',
    'images.zip': 'x',
  });
  expect(labels(data)).toEqual([
    ['a', 'x'],
    ['b', 'y'],
  ]);
  expect(decided(data, 'train')).toEqual(['train.csv']);
  expect(left(data)).toEqual([
    '1/1 archives: they are packed: unpack them to use them: images.zip',
    '1/5 tables: they are packed: unpack them to use them: more.csv.gz',
    '1/5 tables: they are neither CSV nor TSV: export them as CSV to use them: notes.xlsx',
    '2/5 tables: no setting names them: deeper/train.csv,train_boxes.csv',
    '1/3 images: no row names them: i/c.jpg',
  ]);
});

test('a packed table is named if there is no other', async () => {
  const error = await failure({ ...ABC, 'train.csv.zip': 'PK' }, {}, { layout: undefined });
  expect(error.message).toContain('fix: unpack train.csv.zip');
  const named = await failure({ ...ABC, 'train.csv.zip': 'PK' });
  expect(named.message).toContain('fix: unpack train.csv.zip');
});

test('a validation table with the same columns joins the training rows, another is told', async () => {
  const files = { ...ABC, 'train.csv': 'id,label\na,x\nb,y\n' };
  const joined = await read({ ...files, 'val.csv': 'label,id\nx,c\n' });
  expect(labels(joined)).toEqual([
    ['a', 'x'],
    ['b', 'y'],
    ['c', 'x'],
  ]);
  expect(decided(joined, 'validation')).toEqual(['val.csv']);
  const none = await read({ ...files, 'val.csv': 'label,id\nx,c\n' }, { validation: false });
  expect(none.train).toHaveLength(2);
  const other = await read({ ...files, 'val.csv': 'id\nc\n' });
  expect(left(other)).toContain('1/2 tables: no setting names them: val.csv');
  const twice = await failure({ ...files, 'val.csv': 'label,id\ny,a\n' });
  expect(twice.message).toContain('val.csv:2 column "id": the id "a" already has a row, in train.csv:2');
});

test('rows that a column marks are test rows', async () => {
  const files = { ...ABC, 'train.csv': 'id,label,Usage\na,x,Training\nb,y,PrivateTest\nc,y,Training\n' };
  const data = await read(files);
  expect(labels(data)).toEqual([
    ['a', 'x'],
    ['c', 'y'],
  ]);
  expect(data.test).toMatchObject([{ id: 'b', labels: {} }]);
  expect(decided(data, 'split')).toEqual(['{ column: Usage, test: [PrivateTest] }']);
  expect((await read(files, { split: false })).train).toHaveLength(3);
});

test.each([
  ['last', 'label,id\nx,t\n', 'label,id\nx,a\ny,b\n', 'id'],
  ['after the row numbers of pandas', ',id,label\n0,t,x\n', ',id,label\n0,a,x\n1,b,y\n', 'id'],
  ['of another name, by its cells', 'label,file\nx,t.jpg\n', 'id,label\na,x\nb,y\n', 'file'],
])("the sample's ids are %s", async (_, sample, table, idColumn) => {
  const { submission, test: tests } = await read({
    ...SPLIT,
    'train.csv': table,
    'sample_submission.csv': sample,
  });
  expect(submission).toMatchObject({ idColumn, valueColumns: ['label'] });
  expect(tests).toHaveLength(1);
});

test("the sample's column of ids can be set, and its reading follows the settings", async () => {
  const files = {
    ...SPLIT,
    'train.csv': 'id;label\na;x\nb;y\n',
    'sample_submission.csv': Buffer.from('nummer;label;K\u00e4fer\nt;x;u\n', 'latin1'),
  };
  const { submission } = await read(files, {
    encoding: 'windows-1252',
    delimiter: ';',
    sampleId: 'K\u00e4fer',
  });
  expect(submission).toEqual({
    path: 'sample_submission.csv',
    idColumn: 'K\u00e4fer',
    valueColumns: ['nummer', 'label'],
    reading: { encoding: 'windows-1252', delimiter: ';' },
  });
  const data = {
    ...SPLIT,
    'train.csv': 'id,label\na,x\nb,y\n',
    'sample_submission.csv': 't.jpg,x\nu.jpg,x\n',
  };
  expect(await failure(data)).toMatchObject({ code: 'table-no-header' });
  const named = await read(data, { header: { 'sample_submission.csv': ['id', 'label'] } });
  expect(named.test.map(({ id }) => id)).toEqual(['t.jpg', 'u.jpg']);
});

test('a setting of tables that a table overrules, or that names no table, is not ignored in silence', async () => {
  const files = { ...SPLIT, 'train.csv': 'id,label\na,K\u00e4fer\nb,y\n' };
  expect(decided(await read(files, { encoding: 'windows-1252' }), 'encoding')).toEqual(['utf-8']);
  expect(decided(await read(files, { encoding: 'utf-8' }), 'encoding')).toEqual([]);
  const error = await failure(files, { header: { 'trian.csv': ['id', 'label'] } });
  expect(error.message).toContain('data.options.header.trian.csv: no such file');
  expect(error.message).toContain('did you mean "train.csv"?');
});

test('a sample that begins with a class is not taken for one with a header', async () => {
  const error = await failure({
    ...SPLIT,
    'train.csv': 'id,label\na,x\nb,y\n',
    'sample_submission.csv': 'gone.jpg,x\nt.jpg,x\n',
  });
  expect(error).toMatchObject({ code: 'table-no-header', problem: { path: { line: 1 } } });
});

test('test rows that the sample does not ask for are told', async () => {
  const data = await read({
    ...SPLIT,
    'train.csv': 'id,label\na,x\nb,y\n',
    'test.csv': 'id,path\n1,t.jpg\n2,u.jpg\n',
    'sample_submission.csv': 'id,label\n2,x\n',
  });
  expect(data.test).toMatchObject([{ id: '2', image: { path: 'test/u.jpg' } }]);
  expect(left(data)).toContain('1/2 test rows: the sample submission does not ask for them: test.csv:2 "1"');
});

// Rows and images.

test('rows without an image or a label are left out with their lines, and make no classes', async () => {
  const data = await read({
    ...ABC,
    'train.csv': 'id,image,label\n1,a.jpg,x\n2,,zebra\n3,nan,zebra\n4,gone.jpg,zebra\n5,b.jpg,\n6,c.jpg,y\n',
    'sample_submission.csv': 'id,label\n1,x\n',
  });
  expect(data.heads[0]?.classes).toEqual(['x', 'y']);
  expect(labels(data)).toEqual([
    ['1', 'x'],
    ['6', 'y'],
  ]);
  expect(left(data)).toEqual([
    '2/6 training rows: they name no image: train.csv:3 "2",train.csv:4 "3"',
    '1/6 training rows: the folder does not have their image: train.csv:5 "4"',
    '1/1 test rows: the folder does not have their image: sample_submission.csv:2 "1"',
    '1/6 training rows: their label cell is empty: train.csv:6 "5"',
  ]);
  expect(data.unlabeled).toMatchObject([{ id: '5', image: { path: 'i/b.jpg' }, labels: {} }]);
});

test('a row that repeats another is left out, one that contradicts it is an error', async () => {
  const data = await read({ ...ABC, 'train.csv': 'id,label\na,x\nb,y\na,x\n' });
  expect(data.train).toHaveLength(2);
  expect(left(data)).toContain('1/1 copies of rows: they repeat another row: train.csv:4 "a"');
  const error = await failure({ ...ABC, 'train.csv': 'id,label\na,x\nb,y\na,y\n' });
  expect(error.message).toContain('train.csv:4 column "id": the id "a" already has a row, in line 2');
});

test('a header in the middle is no row', async () => {
  const data = await read({ ...ABC, 'train.csv': 'id,label\na,x\n\ufeffid,label\nb,y\n' });
  expect(data.heads[0]?.classes).toEqual(['x', 'y']);
  expect(left(data)).toContain('1/1 lines of tables: they repeat the header: train.csv:3');
});

test('numbers that lost their leading zeros find their images, but never those of other rows', async () => {
  const files = {
    ...images('i/0007.jpg', 'i/0123.jpg', 'i/1234.jpg'),
    'train.csv': 'id,label\n7,x\n123,y\n1234,x\n',
  };
  const data = await read(files);
  expect(data.train.map(({ image }) => image.path)).toEqual(['i/0007.jpg', 'i/0123.jpg', 'i/1234.jpg']);
  expect(decided(data, 'pad')).toEqual(['4']);
  expect((await read(files, { pad: false })).train).toHaveLength(1);
  const both = { ...images('i/7.jpg', 'i/007.jpg'), 'train.csv': 'id,label\n7,x\n007,y\n' };
  expect((await read(both)).train.map(({ image }) => image.path)).toEqual(['i/7.jpg', 'i/007.jpg']);
});

test('row numbers are not names of images, and two columns of names are asked about', async () => {
  const numbered = images('i/0.jpg', 'i/1.jpg', 'i/2.jpg', 'i/7.jpg');
  const paths = async (table: string, settings: unknown = {}) =>
    (await read({ ...numbered, 'train.csv': table }, settings)).train.map(({ image }) => image.path);
  for (const name of ['', 'Unnamed: 0', 'index']) {
    expect(await paths(`${name},file,label\n0,2,x\n1,0,y\n2,7,x\n`)).toEqual([
      'i/2.jpg',
      'i/0.jpg',
      'i/7.jpg',
    ]);
  }
  expect(await paths('id,image,label\n0,2,x\n1,0,y\n2,7,x\n')).toEqual(['i/2.jpg', 'i/0.jpg', 'i/7.jpg']);
  const open = 'first,second,label\n0,2,x\n1,0,y\n2,7,x\n';
  const error = await failure({ ...numbered, 'train.csv': open });
  expect(error.choices.map(({ value }) => value)).toEqual(['first', 'second']);
  expect(await paths(open, { path: 'second' })).toEqual(['i/2.jpg', 'i/0.jpg', 'i/7.jpg']);
});

test('numbers with .0 find their images', async () => {
  const data = await read({ ...images('i/7.jpg', 'i/12.jpg'), 'train.csv': 'id,label\n7.0,x\n12.0,y\n' });
  expect(data.train.map(({ image }) => image.path)).toEqual(['i/7.jpg', 'i/12.jpg']);
  expect(decided(data, 'pad')).toEqual(['1']);
});

test('two flags are no labels if the sample has one column that says nothing', async () => {
  const files = {
    ...SPLIT,
    'train.csv': 'id,malignant,sex\na,0,1\nb,1,1\nc,0,0\n',
    'sample_submission.csv': 'id,prediction\nt,\n',
  };
  const error = await failure(files);
  expect(error.choices.map(({ value }) => value)).toEqual(['malignant', 'sex']);
  expect((await read(files, { labels: 'malignant' })).heads[0]?.classes).toEqual(['0', '1']);
});

test('a table of another kind is named if there is no CSV', async () => {
  const error = await failure({ ...ABC, 'labels.xlsx': 'x' }, {}, { layout: undefined });
  expect(error.message).toContain('fix: export labels.xlsx as CSV in UTF-8');
});

test('folders that are not there are dropped from all paths alike', async () => {
  const files = {
    ...images('train/x/1.jpg', 'train/y/1.jpg'),
    'train.csv': 'path,label\ndata/v1/train/x/1.jpg,x\ndata/v1/train/y/1.jpg,y\ndata/v1/train/z/1.jpg,x\n',
  };
  const data = await read(files);
  expect(data.train.map(({ image }) => image.path)).toEqual(['train/x/1.jpg', 'train/y/1.jpg']);
  expect(decided(data, 'dropFolders')).toEqual(['2']);
  expect(data.missing).toMatchObject([{ id: 'data/v1/train/z/1.jpg', line: 4 }]);
  expect((await read(files, { dropFolders: 2 })).train).toHaveLength(2);
});

// Labels.

test.each([
  [
    'the column called label, not flags beside it',
    'id,label,is_valid,sex\na,0,1,1\nb,1,0,1\nc,0,1,0\n',
    'id,prediction\nt,0\n',
    ['label'],
    'single-label 0 1',
  ],
  [
    'True and False',
    'id,x,y\na,True,False\nb,False,True\nc,True,False\n',
    'id,x,y\nt,0.5,0.5\n',
    ['{ columns: [x, y], kind: one-hot }'],
    'single-label x y',
  ],
  [
    'the column whose cells are columns of the sample',
    'id,note,kind\na,n,pug\nb,m,owl\nc,o,pug\n',
    'id,pug,owl,cat\nt,0.3,0.3,0.4\n',
    ['{ column: kind, classes: [pug, owl, cat] }'],
    'single-label pug owl cat',
  ],
  [
    'labels of which each has a column in the sample',
    'id,kind\na,pug owl\nb,owl\nc,pug\n',
    'id,pug,owl,cat\nt,0.3,0.3,0.4\n',
    ['{ column: kind, classes: [pug, owl, cat], separator: " " }'],
    'multi-label pug owl cat',
  ],
  [
    'decimal commas',
    'id;x;y\na;0,25;0,75\nb;0,5;0,5\nc;1;0\n',
    undefined,
    ['{ columns: [x, y], kind: soft }'],
    'single-label x y',
  ],
  [
    'whole numbers with and without .0',
    'id,label\na,1\nb,1.0\nc,2.0\n',
    undefined,
    ['label', '1'],
    'single-label 1 2',
  ],
  [
    'whole numbers with .0, plain in the sample',
    'id,label\na,1.0\nb,10.0\nc,2.0\n',
    'id,label\nt,1\n',
    ['label'],
    'single-label 1 2 10',
  ],
  [
    'texts in both Unicode forms',
    'id,label\na,K\u00e4fer\nb,Ka\u0308fer\nc,Eule\n',
    'id,label\nt,Ka\u0308fer\n',
    ['label', 'Ka\u0308fer'],
    'single-label Eule Ka\u0308fer',
  ],
])('%s', async (_, table, sample, values, head) => {
  const data = await read({
    ...SPLIT,
    'train.csv': table,
    ...(sample !== undefined && { 'sample_submission.csv': sample }),
  });
  expect(decided(data, 'labels')).toEqual(values);
  const why = data.decisions?.find(({ key }) => key === 'data.options.labels')?.reason;
  if (table.includes('is_valid')) expect(why).toContain('unlike is_valid, sex');
  const [{ task, classes }] = data.heads as [DatasetDescription['heads'][0]];
  expect(`${task} ${classes.join(' ')}`).toBe(head);
  expect(data.train).toHaveLength(3);
});

test('the metric decides what cells leave open, and contradicts what it cannot score', async () => {
  const open = { ...ABC, 'train.csv': 'id,label\na,"x,y"\nb,"y,z"\nc,"x,z"\n' };
  const task = async (files: Files, tasks: ReadDatasetOptions['tasks']) =>
    (await read(files, {}, { tasks })).heads[0]?.task;
  expect(await task(open, ['single-label'])).toBe('single-label');
  expect(await task(open, ['multi-label'])).toBe('multi-label');
  const clear = { ...ABC, 'train.csv': 'id,label\na,x\nb,y\nc,x y\n' };
  expect(await task(clear, ['single-label', 'multi-label'])).toBe('multi-label');
  const error = await failure(clear, {}, { tasks: ['single-label'] });
  expect(error.message).toContain('and the metric scores one class per image');
});

test('a one-hot table with a row of zeros stays one if the sample says so, and the row is named', async () => {
  const n = 20;
  const table = (odd: string) =>
    `id,x,y,z\n${Array.from({ length: n }, (_, i) => `${i},${i === 7 ? odd : ['1,0,0', '0,1,0', '0,0,1'][i % 3]}`).join('\n')}\n`;
  const files = {
    ...images('test/t.jpg', ...Array.from({ length: n }, (_, i) => `train/${i}.jpg`)),
    'sample_submission.csv': 'id,x,y,z\nt,0.3,0.3,0.4\n',
  };
  const data = await read({ ...files, 'train.csv': table('0,0,0') });
  expect(data.heads[0]?.task).toBe('single-label');
  expect(left(data)).toContain('1/20 training rows: no class has a 1: train.csv:9 "7"');
  const several = await failure({ ...files, 'train.csv': table('1,1,0') });
  expect(several.message).toContain('1 of 20 rows have not exactly one 1 (train.csv:9)');
});

test('few empty cells of several labels are missing labels, many are asked about, an empty list is none', async () => {
  const names = Array.from({ length: 40 }, (_, i) => `${i}`);
  const table = (empty: number, more: (i: number) => string = (i) => ['x', 'y', '"x,y"'][i % 3]!) =>
    `id,tags\n${names.map((id, i) => `${id},${i < empty ? '' : more(i)}`).join('\n')}\n`;
  const files = images(...names.map((name) => `i/${name}.jpg`));
  const few = await read({ ...files, 'train.csv': table(2) });
  expect(few.train).toHaveLength(38);
  expect(decided(few, 'labels')).toContain('empty: unlabeled');
  expect(left(few)).toContain(
    '2/40 training rows: their label cell is empty: train.csv:2 "0",train.csv:3 "1"',
  );
  const many = { ...files, 'train.csv': table(10) };
  const error = await failure(many);
  const counts = [];
  for (const { value } of error.choices) {
    expect(error.message).toContain(`data.options.labels: ${settingText(value)}`);
    counts.push((await read(many, { labels: value })).train.length);
  }
  expect(counts).toEqual([40, 30]);
  const negative = (i: number) => ['x', 'y', '"x,y"', 'No finding'][i % 4]!;
  expect((await read({ ...files, 'train.csv': table(10, negative) })).train).toHaveLength(30);
  const lists = (i: number) => ['"[""x""]"', '"[""x"",""y""]"', '[]'][i % 3]!;
  expect(labels(await read({ ...files, 'train.csv': table(0, lists) }))[2]).toEqual(['2', []]);
});

test('numbers of classes with few images each are classes if they leave none out', async () => {
  const rows = Array.from({ length: 120 }, (_, i) => `${i},${i % 60}`);
  const files = {
    ...images(...rows.map((_, i) => `i/${i}.jpg`)),
    'train.csv': `id,label\n${rows.join('\n')}\n`,
  };
  expect((await read(files)).heads[0]?.classes).toHaveLength(60);
  const gaps = { ...files, 'train.csv': `id,label\n${rows.map((row) => `${row}7`).join('\n')}\n` };
  const error = await failure(gaps);
  expect(error).toMatchObject({ code: 'layout-regression-column' });
  expect(error.message).toContain('data.options.labels: label');
  expect((await read(gaps, { labels: 'label' })).heads[0]?.classes).toHaveLength(60);
});

test('columns of any name are plain texts', async () => {
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    const data = await read({
      ...SPLIT,
      'train.csv': `id,${name}\na,__proto__\nb,toString\nc,__proto__\n`,
      'sample_submission.csv': `id,${name}\nt,toString\n`,
    });
    expect(labels(data).map(([, label]) => label)).toEqual(['__proto__', 'toString', '__proto__']);
    expect(data.heads[0]?.name).toBe(name === '__proto__' ? 'label' : name);
  }
});

test('a column called group that repeats is the group, unless it is too coarse or the settings say none', async () => {
  const names = Array.from({ length: 12 }, (_, i) => `${i}`);
  const table = (groups: number) =>
    `id,label,group\n${names.map((id, i) => `${id},${'xy'[i % 2]},g${i % groups}`).join('\n')}\n`;
  const files = images(...names.map((name) => `i/${name}.jpg`));
  const data = await read({ ...files, 'train.csv': table(6) });
  expect(data.train[7]?.group).toBe('g1');
  expect(decided(data, 'group')).toEqual(['group']);
  expect(data.possibleGroups).toEqual([
    { table: 'train.csv', column: 'group', groups: 6, rows: 12, isChosen: true },
  ]);
  const none = await read({ ...files, 'train.csv': table(6) }, { group: false });
  expect(none.train[7]).not.toHaveProperty('group');
  const coarse = await read({ ...files, 'train.csv': table(3) });
  expect(coarse.train[7]).not.toHaveProperty('group');
  expect(decided(coarse, 'group')).toEqual(['none']);
});

test('columns that nothing is read from are told', async () => {
  const { omissions } = await read({
    ...images('i/a.jpg', 'i/b.jpg', 'i/t.jpg'),
    'train.csv': ',id,label,weight,notes\n0,a,x,1,n\n1,b,y,2,m\n',
    'sample_submission.csv': 'id,label\nt,x\n',
  });
  expect(omissions).toContainEqual({
    what: 'columns of train.csv',
    count: 2,
    of: 5,
    reason: 'nothing is read from them',
    examples: ['"weight"', '"notes"'],
  });
});
