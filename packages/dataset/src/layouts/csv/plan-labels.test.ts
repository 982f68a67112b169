import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import Papa from 'papaparse';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.ts';
import type { DatasetDescription } from '../layout.ts';
import { readDataset } from '../read-dataset.ts';
import { UnclearSetting } from '../unclear-setting.ts';

const NAMES = [
  'cat',
  'dog',
  'owl',
  'sea lion',
  'red fox',
  'polar bear',
  'brown bear',
  'No finding',
  'ace of clubs',
  'two of clubs',
  'ace of hearts',
  'constructor',
  'K\u00e4fer',
];
const NUMBERS = ['0', '1', '2', '3', '7', '12'];
const WORDS = NAMES.filter((name) => !name.includes(' '));

type Form = 'class' | 'list' | '|' | ';' | ',' | ' ' | 'one-hot' | 'true-false' | 'multi-label' | 'soft';

interface Drawn {
  readonly form: Form;
  readonly classes: readonly string[];
  /** By row: indices of its classes, or shares. */
  readonly rows: readonly (readonly number[])[];
  readonly extras: readonly string[];
  readonly sample: 'none' | 'column' | 'columns';
  readonly delimiter: string;
  readonly idLast: boolean;
}

const drawn: fc.Arbitrary<Drawn> = fc
  .record({
    form: fc.constantFrom<Form>(
      'class',
      'list',
      '|',
      ';',
      ',',
      ' ',
      'one-hot',
      'true-false',
      'multi-label',
      'soft',
    ),
    useNumbers: fc.boolean(),
    count: fc.integer({ min: 2, max: 5 }),
    extras: fc.subarray(['is_valid', 'note', 'width']),
    sample: fc.constantFrom('none' as const, 'column' as const, 'columns' as const),
    delimiter: fc.constantFrom(',', ';', '\t'),
    idLast: fc.boolean(),
  })
  .chain(({ form, useNumbers, count, ...rest }) => {
    const hasColumns = ['one-hot', 'true-false', 'multi-label', 'soft'].includes(form);
    const pool = useNumbers && !hasColumns ? NUMBERS : form === ' ' ? WORDS : NAMES;
    const indices = [...Array(count).keys()];
    const one = fc.constantFrom(...indices).map((k) => [k]);
    const several = fc.subarray(indices, { minLength: form === 'multi-label' ? 0 : 1 });
    const shares = fc
      .array(fc.integer({ min: 1, max: 9 }), { minLength: count, maxLength: count })
      .map((parts) => parts.map((part) => part / parts.reduce((a, b) => a + b, 0)));
    const row = form === 'soft' ? shares : ['class', 'one-hot', 'true-false'].includes(form) ? one : several;
    // Every label also occurs alone, and some together, as in data of any size.
    const start = form === 'soft' ? [] : indices.map((k) => [k]);
    const together = ['list', '|', ';', ',', ' ', 'multi-label'].includes(form) ? [[0, 1], indices] : [];
    return fc
      .record({
        classes: fc.shuffledSubarray(pool, { minLength: count, maxLength: count }),
        rows: fc
          .array(row, { minLength: 12, maxLength: 20 })
          .map((more) => [...start, ...together, ...more, ...more.slice(0, 3)]),
      })
      .map((own) => ({ ...rest, form, ...own }));
  });

/** The label of a row as text: its classes in order, or its shares. */
function truthOf({ form, classes, rows }: Drawn): string[] {
  return rows.map((row) => {
    if (form === 'soft') return row.map((share) => (share + 1e-9).toFixed(2)).join(' ');
    return row
      .map((k) => classes[k]!)
      .toSorted()
      .join('\n');
  });
}

function readLabels({ train }: DatasetDescription): string[] {
  return train.map(({ labels, softLabels }) => {
    const [soft] = Object.values(softLabels ?? {});
    if (soft !== undefined) return soft.map((share) => (share + 1e-9).toFixed(2)).join(' ');
    const [label] = Object.values(labels);
    return typeof label === 'string' ? label : (label ?? []).toSorted().join('\n');
  });
}

function write(folder: string, { form, classes, rows, extras, sample, delimiter, idLast }: Drawn): void {
  mkdirSync(join(folder, 'train'), { recursive: true });
  mkdirSync(join(folder, 'test'), { recursive: true });
  const hasColumns = ['one-hot', 'true-false', 'multi-label', 'soft'].includes(form);
  const labelNames = hasColumns ? classes : ['label'];
  const cellsOf = (row: readonly number[]): string[] => {
    const names = row.map((k) => classes[k]!);
    if (form === 'soft') return row.map(String);
    if (form === 'true-false') return classes.map((_, k) => (row.includes(k) ? 'True' : 'False'));
    if (hasColumns) return classes.map((_, k) => (row.includes(k) ? '1' : '0'));
    if (form === 'list') return [JSON.stringify(names)];
    return [form === 'class' ? names[0]! : names.join(form)];
  };
  const extraOf = (name: string, i: number) =>
    name === 'is_valid' ? String(Number(i % 5 === 0)) : name === 'note' ? `seen on day ${i}` : `${i * 7}.5`;
  const ordered = (id: string, cells: readonly string[]) => (idLast ? [...cells, id] : [id, ...cells]);
  // Columns of 0 and 1 have no usual names: nothing else may lie beside them, unless the sample names them.
  const beside = hasColumns && sample !== 'columns' ? [] : extras;
  const header = ordered('id', [...labelNames, ...beside]);
  const table = rows.map((row, i) => {
    writeFileSync(join(folder, 'train', `im${i}.png`), 'x');
    return ordered(`im${i}`, [...cellsOf(row), ...beside.map((name) => extraOf(name, i))]);
  });
  writeFileSync(join(folder, 'train.csv'), Papa.unparse([header, ...table], { delimiter }));
  for (let i = 0; i < 3; i++) writeFileSync(join(folder, 'test', `t${i}.png`), 'x');
  if (sample === 'none') return;
  const [names, cells] =
    sample === 'column'
      ? [['prediction'], [classes[0]!]]
      : [[...classes], classes.map(() => (1 / classes.length).toFixed(4))];
  const lines = [0, 1, 2].map((i) => ordered(`t${i}`, cells));
  writeFileSync(
    join(folder, 'sample_submission.csv'),
    Papa.unparse([ordered('id', names), ...lines], { delimiter }),
  );
}

test('labels of any form are read as they were meant, or asked for with the right answer among the choices', async () => {
  const base = temporaryFolder();
  let [runs, asked] = [0, 0];
  await fc.assert(
    fc.asyncProperty(drawn, async (competition) => {
      const folder = join(base, String(runs++));
      write(folder, competition);
      const truth = truthOf(competition);
      try {
        expect(readLabels(await readDataset(folder))).toEqual(truth);
      } catch (error) {
        if (!(error instanceof UnclearSetting)) throw error;
        expect(error.option).toBe('labels');
        asked++;
        const answers = await Promise.all(
          error.choices.map(({ value }) =>
            readDataset(folder, { layout: 'csv', settings: { labels: value } }).then(readLabels, () => []),
          ),
        );
        expect(answers).toContainEqual(truth);
      } finally {
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 40 },
  );
  // Most are clear.
  expect(asked).toBeLessThan(runs / 4);
}, 120_000);
