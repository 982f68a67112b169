import fc from 'fast-check';
import { expect, test } from 'vitest';
import { temporaryFolder, writeFiles } from '../../../test/temporary-folder.ts';
import { readDataset } from '../read-dataset.ts';

/** Reads a table with an image, a class and cells of these columns in each row. */
async function readRows(columns: readonly string[], rows: readonly (readonly string[])[]) {
  const lines = rows.map((cells, i) => [`${i}.png`, ...cells].join(','));
  const folder = temporaryFolder();
  writeFiles(folder, {
    ...Object.fromEntries(rows.map((_, i) => [`i/${i}.png`, 'x'])),
    'train.csv': `${[['id', 'label', ...columns].join(','), ...lines].join('\n')}\n`,
  });
  const settings = { id: 'id', labels: 'label' };
  const { train, decisions = [], possibleGroups } = await readDataset(folder, { layout: 'csv', settings });
  const reason = decisions.find(({ key }) => key === 'data.options.group')?.reason;
  return { groups: train.map(({ group }) => group), reason, possibleGroups };
}

const twoClasses = (i: number) => (i % 2 === 0 ? 'cat' : 'dog');

test('a column with the name of a group is the group exactly if its values repeat and are at least five', async () => {
  const cell = fc.constantFrom('', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
  const rows = fc.array(fc.record({ label: fc.constantFrom('cat', 'dog'), group: cell }), {
    minLength: 8,
    maxLength: 24,
  });
  await fc.assert(
    fc.asyncProperty(rows, async (table) => {
      const all = [{ label: 'cat', group: 'a' }, { label: 'dog', group: 'b' }, ...table];
      const filled = all.filter(({ group }) => group !== '');
      const values = new Set(filled.map(({ group }) => group));
      const repeat = values.size < filled.length;
      const isGroup = values.size >= 5 && repeat; // More values than classes cannot follow from the class.
      const { groups } = await readRows(
        ['artist'],
        all.map(({ label, group }) => [label, group]),
      );
      expect(groups).toEqual(all.map(({ group }) => (isGroup && group !== '' ? group : undefined)));
    }),
    { numRuns: 40 },
  );
});

test('numbers of classes and families of species are no groups', async () => {
  const species = Array.from({ length: 30 }, (_, i) => [`species ${i % 10}`, `family ${i % 5}`]);
  const { groups, reason, possibleGroups } = await readRows(['family'], species);
  expect(new Set(groups)).toEqual(new Set([undefined]));
  expect(possibleGroups).toBeUndefined();
  expect(reason).toBe('every class has only one "family"');
  const person = species.map((cells, i) => [...cells, `p${i % 15}`]);
  expect((await readRows(['family', 'personId'], person)).groups).toEqual(person.map((_, i) => `p${i % 15}`));
});

test('unique and constant columns are no groups, also if cells are empty', async () => {
  const cells = (group: (i: number) => string) =>
    Array.from({ length: 12 }, (_, i) => [twoClasses(i), group(i)]);
  for (const group of [(i: number) => `p${i}`, () => 'one', (i: number) => (i < 6 ? '' : `p${i}`)]) {
    const { groups, possibleGroups } = await readRows(['patient'], cells(group));
    expect(new Set(groups)).toEqual(new Set([undefined]));
    expect(possibleGroups).toBeUndefined();
  }
});

test('of several groups, the one with the fewest values is chosen', async () => {
  const rows = Array.from({ length: 40 }, (_, i) => [twoClasses(i), `s${i % 5}`, `p${i % 20}`]);
  const { groups } = await readRows(['site', 'patient'], rows);
  expect(groups).toEqual(rows.map(([, site]) => site));
});
