import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { temporaryFolder, writeFiles } from '../../test/temporary-folder.ts';
import { readTable, readTableColumns, type TableOptions } from './read-table.ts';
import { tableText } from './write-table.ts';

async function read(content: string | Uint8Array, options?: TableOptions) {
  const folder = temporaryFolder();
  writeFiles(folder, { 't.csv': content });
  const rows: (readonly string[])[] = [];
  const lines: number[] = [];
  const summary = await readTable(
    join(folder, 't.csv'),
    () => (row) => {
      rows.push(row.cells);
      lines.push(row.line);
    },
    { name: 't.csv', ...options },
  );
  return { rows, lines, columns: summary.columns.names, delimiter: summary.delimiter };
}

const AB = {
  columns: ['id', 'label'],
  rows: [
    ['1', 'cat'],
    ['2', 'dog'],
  ],
};

test.each([
  ['line feeds', 'id,label\n1,cat\n2,dog\n'],
  ['no last line end', 'id,label\n1,cat\n2,dog'],
  ['Windows line ends', 'id,label\r\n1,cat\r\n2,dog\r\n'],
  ['both', 'id,label\r\n1,cat\n2,dog\r\n'],
  ['old Mac line ends', 'id,label\r1,cat\r2,dog\r'],
  ['a byte order mark', '\ufeffid,label\n1,cat\n2,dog\n'],
  ['semicolons', 'id;label\n1;cat\n2;dog\n'],
  ['tabs', 'id\tlabel\n1\tcat\n2\tdog\n'],
  ['empty lines', '\nid,label\n\n1,cat\n  \n2,dog\n\n'],
  ['quotes', '"id","label"\n"1","cat"\n2,"dog"\n'],
  ['quotes and Windows line ends', '"id","label"\r\n"1","cat"\r\n2,"dog"\r\n'],
  ['padded names', 'id, label \n1,cat\n2,dog\n'],
  ['delimiters at the end', 'id,label,\n1,cat,\n2,dog,\n'],
])('reads a table with %s', async (_, text) => {
  expect(await read(text)).toMatchObject(AB);
});

test('reads delimiters, quotes and line breaks inside cells, and counts lines', async () => {
  const { rows, lines } = await read('id,note\n1,"a, ""b""\r\nc"\n2,x\n');
  expect(rows).toEqual([
    ['1', 'a, "b"\nc'],
    ['2', 'x'],
  ]);
  expect(lines).toEqual([2, 4]);
});

test.each([
  ['utf-16le', '\ufeffid,label\n1,caf\u00e9\n'],
  ['windows-1252', 'id,label\n1,caf\u00e9\n'],
] as const)('reads %s if requested, and suggests it if not', async (encoding, text) => {
  const bytes = Buffer.from(text, encoding === 'utf-16le' ? 'utf16le' : 'latin1');
  expect((await read(bytes, { encoding })).rows).toEqual([['1', 'caf\u00e9']]);
  await expect(read(bytes)).rejects.toThrow(
    new RegExp(`t.csv.*: expected UTF-8.*[\\s\\S]*iconv -f ${encoding}`),
  );
});

test('names the line of the first invalid UTF-8 byte', async () => {
  const bytes = Buffer.concat([
    Buffer.from('id,label\n'.padEnd(300_000, '1,a\n')),
    Buffer.from([0x31, 0x2c, 0xe9, 10]),
  ]);
  await expect(read(bytes)).rejects.toMatchObject({ problem: { path: { file: 't.csv', line: 74_999 } } });
});

test.each([
  ['a short row', 'id,label\n1,cat\n2\n', 'table-row-length', 't.csv:3: expected 2 cells'],
  ['a long row', 'id,label\n1,cat,dog\n', 'table-row-length', 't.csv:2: expected 2 cells'],
  ['a name twice', 'id,label,id\n', 'table-header', 't.csv:1 column "id": columns 1 and 3'],
  ['an empty name', 'id,,label\n', 'table-header', 't.csv:1: column 2 of 3 has no name'],
  ['no line at all', '', 'table-empty', 't.csv: expected a header'],
  ['a quote left open', 'id,label\n1,cat\n2,"dog\n3,cat\n', 'table-quotes', 't.csv:3: a double quote'],
  [
    'a quote left open in the middle',
    'id,label\n1,"cat"s\n3,cat\n',
    'table-quotes',
    't.csv:2: a double quote',
  ],
  ['a zip', 'PK\u0003\u0004 and more', 'table-binary', 'a zip archive or an Excel file'],
  ['binary data', 'id,label\n1,\0', 'table-binary', 'binary data'],
])('rejects %s', async (_, text, code, message) => {
  const failure = await read(text).catch((error) => error);
  expect(failure).toMatchObject({ code });
  expect(failure.message).toContain(message);
});

test('an unclosed quote does not fill the memory', async () => {
  const text = `id,label\n1,"${'x,y\n'.repeat(2_000_000)}`;
  await expect(read(text)).rejects.toMatchObject({ code: 'table-quotes' });
});

test('errors of callbacks stop reading, and so does false', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 't.csv');
  writeFiles(folder, { 't.csv': `id,label\n${'1,cat\n'.repeat(100_000)}` });
  let calls = 0;
  const thrown = readTable(path, () => () => {
    calls++;
    throw new RangeError('mine');
  });
  await expect(thrown).rejects.toThrow(RangeError);
  expect(calls).toBe(1);
  expect(
    (
      await readTable(
        path,
        () =>
          ({ line }) =>
            line < 9,
      )
    ).rows,
  ).toBe(8);
  await expect(readTable(join(folder, 'no.csv'), () => () => {})).rejects.toMatchObject({
    code: 'file-not-found',
  });
});

test('can be aborted', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, { 't.csv': 'id,label\n1,cat\n' });
  const reading = readTable(join(folder, 't.csv'), () => () => {}, { signal: AbortSignal.abort() });
  await expect(reading).rejects.toThrow(/abort/i);
});

test('suggests the nearest column for an unknown name', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, { 't.csv': 'id,label\n' });
  const columns = await readTableColumns(join(folder, 't.csv'), { name: 't.csv' });
  expect(columns.index('label')).toBe(1);
  expect(() => columns.index('lable')).toThrow('did you mean "label"?');
});

test('tables of any content survive writing and reading', async () => {
  const cell = fc.string({
    unit: fc.constantFrom('a', ',', ';', '\t', '"', '\n', ' ', '\u00e9', '\u{1f600}'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(cell, cell), { maxLength: 20 }), async (cells) => {
      const rows = cells.map(([a, b], i) => [`${i}`, a, b]);
      const result = await read([...tableText(['n', 'a', 'b'], rows)].join(''), { delimiter: ',' });
      expect(result.rows).toEqual(rows);
    }),
    { seed: 1, numRuns: 60 },
  );
});

test('numbers and line ends are written the same everywhere', () => {
  expect(
    [
      ...tableText(
        ['id', 'p'],
        [
          ['a', 0.1],
          ['b,c', 1e-7],
        ],
      ),
    ].join(''),
  ).toBe('id,p\na,0.1\n"b,c",1e-7\n');
  expect(() => [...tableText(['id', 'p'], [['a', Number.NaN]])]).toThrow('expected a finite number in "p"');
  expect(() => [...tableText(['id', 'p'], [['a']])]).toThrow('row 1 cannot be written');
});
