import fc from 'fast-check';
import { type CaseFolder, range } from '../cases/case-folder.ts';

/** How ids and files are named. */
const ID_STYLES = [
  'number',
  'padded',
  'stem',
  'extension',
  'path',
  'backslash',
  'upper',
  'nfd',
  'dotted',
] as const;
/** Where images lie: `{split}` is train or test. */
const PLACES = ['{split}', '{split}_images', 'images/{split}', 'images', 'Data/{split} set'] as const;
const SPLIT_FOLDERS = [
  ['train', 'test'],
  ['training_set/training_set', 'test_set/test_set'],
  ['seg_train/seg_train', 'seg_test/seg_test'],
  ['Train', 'Test'],
] as const;
const CLASS_POOLS = [
  ['cat', 'dog', 'owl', 'emu', 'cow'],
  ['ace of clubs', 'two of clubs', 'ace of hearts', 'joker', 'two of hearts'],
  ['0', '1', '2', '3', '4'],
  ['1', '2', '10', '7', '30'],
  ['NA', 'None', 'null', 'nan', 'true'],
  ['Käfer', 'Eule', '猫', 'Größe', 'ñu'],
  ['cat, wild', 'dog, tame', 'owl; wild', 'say "hi"', "it's"],
  ['train', 'test', 'dev', 'label', 'id'],
  ['constructor', '__proto__', 'toString', 'valueOf', 'hasOwnProperty'],
  ['001', '010', '100', '110', '011'],
  ['a', 'A', 'b', 'B', 'ab'],
] as const;
const ID_HEADERS = ['id', 'image', 'filename', 'Image ID', 'path', 'image_id', 'file (png)'] as const;
const LABEL_HEADERS = ['label', 'class', 'target', 'breed', 'Category', 'has_cactus', 'y'] as const;
const EXTRAS = [
  'none',
  'flag',
  'group',
  'notes',
  'decimals',
  'comma-decimals',
  'age',
  'split',
  'index',
] as const;

const planArbitrary = fc.record({
  layout: fc.constantFrom('csv', 'csv', 'csv', 'folders'),
  task: fc.constantFrom('label', 'label', 'class-columns', 'probability', 'one-hot', 'several'),
  pool: fc.constantFrom(...CLASS_POOLS),
  count: fc.integer({ min: 2, max: 5 }),
  ids: fc.constantFrom(...ID_STYLES),
  place: fc.constantFrom(...PLACES),
  splits: fc.constantFrom(...SPLIT_FOLDERS),
  idHeader: fc.constantFrom(...ID_HEADERS),
  labelHeader: fc.constantFrom(...LABEL_HEADERS),
  sampleHeader: fc.constantFrom('same', 'prediction', 'expected'),
  extras: fc.uniqueArray(fc.constantFrom(...EXTRAS), { maxLength: 2 }),
  order: fc.integer({ min: 0, max: 1000 }),
  delimiter: fc.constantFrom(',', ',', ';', '\t'),
  newline: fc.constantFrom('\n', '\r\n'),
  mark: fc.boolean(),
  quoteAll: fc.boolean(),
  separator: fc.constantFrom(' ', '|', ',', ';'),
  flags: fc.constantFrom(['0', '1'], ['0.0', '1.0'], ['False', 'True']),
  placeholder: fc.constantFrom('first', 'turns', 'empty'),
  testTable: fc.boolean(),
  table: fc.constantFrom('train.csv', 'labels.csv', 'train_labels.csv', 'Train.CSV'),
  trouble: fc.constantFrom(
    'none',
    'none',
    'none',
    'none',
    'lost image',
    'no label',
    'stray table',
    'repeated row',
    'bad cell',
  ),
});

/** A competition folder drawn at random, of which the right answer is known. */
export type Plan = typeof planArbitrary extends fc.Arbitrary<infer T> ? T : never;

/** What a drawn folder asks for. */
export interface Truth {
  readonly metric: string;
  /** Classes of each test id; columns of the sample by class where it has one per class. */
  readonly labels: ReadonlyMap<string, readonly string[]>;
  readonly columns: readonly string[] | undefined;
  readonly separator: string | undefined;
  /** Training rows of the tables and folders, those that cannot be used included. */
  readonly trainRows: number;
}

/** Folders of any kind; `trouble` damages a few of them. */
export const randomFolder: fc.Arbitrary<Plan> = planArbitrary;

const TRAIN_ROWS = 30;
const TEST_ROWS = 8;

/** Draws the folder, and says what its submission has to be. */
export async function draw(folder: CaseFolder, plan: Plan): Promise<Truth> {
  const { pool, separator, layout } = plan;
  // A folder says one class.
  const task = layout === 'folders' && plan.task === 'several' ? 'label' : plan.task;
  const several = task === 'several';
  const count = several ? 3 : task === 'probability' ? 2 : plan.count;
  const classes = several
    ? ['cat', 'dog', 'owl']
    : task === 'probability'
      ? ['0', '1']
      : pool.slice(0, count);
  const setOf = (i: number): string[] =>
    several ? classes.filter((_, k) => ((i % 7) + 1) & (1 << k)) : [classes[i % count]!];
  const kindOf = (i: number) =>
    several ? range(3).map((k) => (((i % 7) + 1) & (1 << k) ? k : -1)) : i % count;
  const train = range(TRAIN_ROWS).map((i) => ({
    ...nameOf(plan, 'train', i),
    set: setOf(i),
    kind: kindOf(i),
  }));
  const test = range(TEST_ROWS).map((i) => ({ ...nameOf(plan, 'test', i), set: setOf(i), kind: kindOf(i) }));
  const lost = plan.trouble === 'lost image' ? 4 : -1;
  if (plan.layout === 'folders') {
    const [trainFolder, testFolder] = plan.splits;
    for (const [i, row] of train.entries())
      await folder.image(`${trainFolder}/${safe(row.set[0]!)}/${i}.png`, i % count, i);
    for (const [i, row] of test.entries()) await folder.image(`${testFolder}/t${i}.png`, row.kind, 700 + i);
  } else {
    for (const [i, row] of train.entries()) if (i !== lost) await folder.image(row.file, row.kind, i);
    for (const [i, row] of test.entries()) await folder.image(row.file, row.kind, 700 + i);
    await folder.file(plan.table, tableText(plan, trainTable(plan, train, classes)));
    if (plan.testTable && !plan.ids.includes('path'))
      await folder.file('test.csv', tableText(plan, [[plan.idHeader], ...test.map(({ id }) => [id])]));
    if (plan.trouble === 'stray table')
      await folder.file(
        'train_old.csv',
        tableText(plan, trainTable(plan, [...train.slice(1), train[0]!], classes)),
      );
  }
  const ids = plan.layout === 'folders' ? test.map((_, i) => `t${i}.png`) : test.map(({ id }) => id);
  const order = shuffle(range(TEST_ROWS), plan.order);
  const named = layout === 'folders' ? classes.map(safe) : classes;
  const { header, cells, columns, metric } = sampleOf({ ...plan, task }, named);
  const rows = order.map((i) => [ids[i]!, ...cells(i)]);
  await folder.file('sample_submission.csv', tableText(plan, [[plan.idHeader, ...header], ...rows]));
  const names = plan.layout === 'folders' ? safe : (text: string) => text;
  return {
    metric,
    labels: new Map(order.map((i) => [ids[i]!, test[i]!.set.map(names)])),
    columns: columns?.map(names),
    separator: several ? separator : undefined,
    trainRows: TRAIN_ROWS + Number(layout === 'csv' && plan.trouble === 'repeated row'),
  };
}

/** A class name that can be a folder. */
const safe = (name: string): string => name.replaceAll(/["';,]/g, '').normalize('NFC');

function nameOf({ ids, place }: Plan, split: 'train' | 'test', i: number): { id: string; file: string } {
  const number = split === 'train' ? i + 1 : i + 501;
  const folder = place.replace('{split}', split);
  switch (ids) {
    case 'number':
      return { id: `${number}`, file: `${folder}/${number}.png` };
    case 'padded': {
      const id = String(number).padStart(6, '0');
      return { id, file: `${folder}/${id}.png` };
    }
    case 'stem':
      return { id: `${split}_${number}`, file: `${folder}/${split}_${number}.png` };
    case 'extension':
      return { id: `im${number}.png`, file: `${folder}/im${number}.png` };
    case 'path':
      return { id: `${folder}/im${number}.png`, file: `${folder}/im${number}.png` };
    case 'backslash':
      return { id: `${folder.replaceAll('/', '\\')}\\im${number}.png`, file: `${folder}/im${number}.png` };
    case 'upper':
      return { id: `im${number}.png`, file: `${folder}/im${number}.PNG` };
    case 'nfd':
      return { id: `é${number}`, file: `${folder}/${`é${number}`.normalize('NFD')}.png` };
    case 'dotted':
      return { id: `v1.${number}`, file: `${folder}/v1.${number}.png` };
  }
}

interface Row {
  readonly id: string;
  readonly set: readonly string[];
}

function trainTable(plan: Plan, rows: readonly Row[], classes: readonly string[]): string[][] {
  const { task, idHeader, labelHeader, flags, separator, extras, trouble } = plan;
  const columns: { name: string; cell: (row: Row, i: number) => string }[] = [
    { name: idHeader, cell: ({ id }) => id },
    ...(task === 'one-hot'
      ? classes.map((name) => ({ name, cell: ({ set }: Row) => flags[Number(set.includes(name))]! }))
      : [
          {
            name: labelHeader,
            cell: ({ set }: Row, i: number) => (trouble === 'no label' && i === 5 ? '' : set.join(separator)),
          },
        ]),
    ...extras
      .filter((kind) => kind !== 'none')
      .sort((a, b) => Number(a === 'index') - Number(b === 'index'))
      .map((kind) => extraColumn(kind)),
  ];
  const ordered = extras.includes('index')
    ? [columns.at(-1)!, ...columns.slice(0, -1)]
    : shuffle(columns, plan.order);
  const body = rows.map((row, i) => ordered.map(({ cell }) => cell(row, i)));
  if (trouble === 'repeated row') body.push(body[2]!);
  if (trouble === 'bad cell' && task === 'one-hot')
    body[7] = body[7]!.map((cell) => (cell === flags[1] ? flags[0]! : cell));
  return [ordered.map(({ name }) => name), ...body];
}

function extraColumn(kind: Exclude<(typeof EXTRAS)[number], 'none'>): {
  name: string;
  cell: (row: Row, i: number) => string;
} {
  const cells: Record<typeof kind, readonly [string, (i: number) => string]> = {
    flag: ['is_valid', (i) => String(Number(i % 5 === 0))],
    group: ['patient', (i) => `p${Math.floor(i / 2)}`],
    notes: ['notes', (i) => `seen at dawn, near water${i % 2 ? '; calm' : ''}, "${i}"`],
    decimals: ['kg', (i) => `${3 + (i % 4)}.${i % 10}`],
    'comma-decimals': ['cm', (i) => `${3 + (i % 4)},${i % 10}`],
    age: ['age', (i) => String(20 + (i % 9))],
    split: ['split', (i) => (i % 6 ? 'train' : 'valid')],
    index: ['', (i) => String(i)],
  };
  const [name, cell] = cells[kind];
  return { name, cell: (_, i) => cell(i) };
}

/** The sample's columns besides the id. */
function sampleOf(
  { task, labelHeader, sampleHeader, placeholder, separator, order }: Plan,
  classes: readonly string[],
): { header: string[]; cells: (i: number) => string[]; columns?: readonly string[]; metric: string } {
  const name = sampleHeader === 'same' ? labelHeader : sampleHeader;
  if (task === 'class-columns' || task === 'one-hot') {
    const columns = shuffle([...classes], order + 1);
    const share = (1 / classes.length).toFixed(3);
    return { header: columns, cells: () => columns.map(() => share), columns, metric: 'log-loss' };
  }
  if (task === 'probability') return { header: [name], cells: () => ['0.5'], metric: 'log-loss' };
  const text = (i: number) =>
    placeholder === 'empty' ? '' : placeholder === 'first' ? classes[0]! : classes[i % classes.length]!;
  if (task === 'several')
    return {
      header: [name],
      cells: (i) => [placeholder === 'turns' ? classes.slice(0, 2).join(separator) : text(i)],
      metric: 'f1-macro',
    };
  return { header: [name], cells: (i) => [text(i)], metric: 'accuracy' };
}

function tableText(
  { delimiter, newline, mark, quoteAll }: Plan,
  rows: readonly (readonly string[])[],
): string {
  const cell = (text: string) =>
    quoteAll || text.includes(delimiter) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  return `${mark ? '\ufeff' : ''}${rows.map((row) => row.map(cell).join(delimiter) + newline).join('')}`;
}

function shuffle<T>(items: readonly T[], seed: number): T[] {
  const result = [...items];
  let state = seed + 1;
  for (let i = result.length - 1; i > 0; i--) {
    state = (state * 48271) % 2147483647;
    const j = state % (i + 1);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}
