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
  ['vertical bars', 'id|label\n1|cat\n2|dog\n'],
  ['a line that names the delimiter', 'sep=;\nid;label\n1;cat\n2;dog\n'],
  ['the same as Excel writes it', '\ufeff"sep=;"\r\nid;label\r\n1;cat\r\n2;dog\r\n'],
  ['a repeated header', 'id,label\n1,cat\n\ufeffid, label\n2,dog\n'],
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

const CAFE = 'id,label\n1,caf\u00e9\n2,tea\n';
const swapped = (text: string) => Buffer.from(text, 'utf16le').swap16();

test.each([
  ['UTF-16 with its mark', Buffer.from(`\ufeff${CAFE}`, 'utf16le')],
  ['UTF-16 without', Buffer.from(CAFE, 'utf16le')],
  ['UTF-16 of the other order', swapped(`\ufeff${CAFE}`)],
  ['the same without a mark', swapped(CAFE)],
])('reads %s, whatever the setting says', async (_, bytes) => {
  for (const encoding of [undefined, 'utf-16le', 'windows-1252'] as const) {
    expect((await read(bytes, { encoding })).rows[0]).toEqual(['1', 'caf\u00e9']);
  }
});

test('reads windows-1252 if requested, and suggests the setting if not', async () => {
  const bytes = Buffer.from(CAFE, 'latin1');
  expect((await read(bytes, { encoding: 'windows-1252' })).rows[0]).toEqual(['1', 'caf\u00e9']);
  const optionNames = { encoding: 'data.options.encoding', delimiter: 'd', header: String };
  await expect(read(bytes, { optionNames })).rejects.toThrow('set data.options.encoding to windows-1252');
});

test('an encoding that is set does not garble the other tables', async () => {
  for (const encoding of ['utf-16le', 'windows-1252'] as const) {
    expect((await read(CAFE, { encoding })).rows[0]).toEqual(['1', 'caf\u00e9']);
  }
});

test('the delimiter is the one that fits the header and every row', async () => {
  const one = await read('id;label\n1;cat, wild\n2;dog, tame\n');
  expect(one).toMatchObject({ columns: ['id', 'label'], delimiter: ';' });
  const numbers = await read('id\tx\ty\n1\t0,5\t1,25\n2\t7,5\t2,25\n');
  expect(numbers).toMatchObject({ columns: ['id', 'x', 'y'], delimiter: '\t' });
  const notes = await read('id;label;notes\n1;cat;a, b, c\n2;dog;d, e, f\n');
  expect(notes.columns).toEqual(['id', 'label', 'notes']);
});

test('several delimiters that fit are an error, and setting one is its cure', async () => {
  const text = 'file (jpg, png);label\n1.png;cat, wild\n2.png;dog, tame\n';
  const optionNames = { encoding: 'e', delimiter: 'data.options.delimiter', header: String };
  const failure = await read(text, { optionNames }).catch((error) => error);
  expect(failure).toMatchObject({ code: 'table-delimiter' });
  expect(failure.message).toContain('set data.options.delimiter, such as data.options.delimiter: ";"');
  const cured = await read(text, { delimiter: ';' });
  expect(cured.columns).toEqual(['file (jpg, png)', 'label']);
});

test('a first line of numbers is no header unless set', async () => {
  for (const text of ['1,0\n2,1\n', '5,0,0,7\n3,0,0,1\n', 'a.jpg,0,0\n']) {
    await expect(read(text)).rejects.toMatchObject({ code: 'table-no-header' });
  }
  expect((await read('0,1\n2,3\n', { header: true })).columns).toEqual(['0', '1']);
  const named = await read('1,0\n2,1\n', { header: ['id', 'label'] });
  expect(named).toMatchObject({ columns: ['id', 'label'], lines: [1, 2] });
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

test('a row of a million columns is rejected, with what may be the cause', async () => {
  const names = Array.from({ length: 1_000_000 }, (_, i) => `c${i}`).join(',');
  await expect(read(`${names}\n`)).rejects.toThrow(
    't.csv:1: this row does not end, or it is too long for a row of a table: expected at most 4194304 characters',
  );
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
  const anyCell = fc.string({
    unit: fc.constantFrom('a', ',', ';', '\t', '"', '\n', ' ', '\u00e9', '\u{1f600}'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(anyCell, anyCell), { maxLength: 20 }), async (cells) => {
      const rows = cells.map(([a, b], i) => [`${i}`, a, b]);
      const result = await read([...tableText(['n', 'a', 'b'], rows)].join(''), { delimiter: ',' });
      expect(result.rows).toEqual(rows);
    }),
    { seed: 1, numRuns: 60 },
  );
});

const cell = fc.string({
  unit: fc.constantFrom('a', 'b', ' ', ',', ';', '\t', '|', '"', '\n', '1', '\u00e9'),
});

test('tables of any dialect are read as they were written, or the delimiter is asked for', async () => {
  let read0 = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        rows: fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 }),
        header: cell.map((text) => text.trim()),
        delimiter: fc.constantFrom(',', ';', '\t', '|'),
        newline: fc.constantFrom('\n', '\r\n'),
        encoding: fc.constantFrom('utf8', 'utf16le'),
        mark: fc.constantFrom('', '\ufeff'),
        line: fc.boolean(),
      }),
      async ({ rows, header, delimiter, newline, encoding, mark, line }) => {
        const names = ['id', 'label', `x${header}`];
        const truth = rows.map(([a, b], i) => [`${i}`, a, b]);
        const quoted = (text: string) =>
          /["\n\r]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
        const lines = [names, ...truth].map((cells) => cells.map(quoted).join(delimiter));
        const text = [...(line ? [`sep=${delimiter}`] : []), ...lines, ''].join(newline);
        const result = await read(Buffer.from(`${mark}${text}`, encoding as 'utf8')).catch((error) => error);
        if (result instanceof Error) {
          expect(result).toMatchObject({ code: 'table-delimiter' });
          expect(line).toBe(false);
          return;
        }
        read0++;
        expect(result.columns).toEqual(names);
        expect(result.rows).toEqual(truth);
      },
    ),
    { numRuns: 200 },
  );
  expect(read0).toBeGreaterThan(100);
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
  const odd = tableText(['id', '@p'], [['=1,2', -0.5]], { forPeople: true });
  expect([...odd].join('')).toBe(`id,"'@p"\n"'=1,2",-0.5\n`);
  expect([...tableText(['id', '@p'], [['=1', '-0.5']])].join('')).toBe('id,@p\n=1,-0.5\n');
  expect(() => [...tableText(['id', 'p'], [['a', Number.NaN]])]).toThrow('expected a finite number in "p"');
  expect(() => [...tableText(['id', 'p'], [['a']])]).toThrow('row 1 cannot be written');
});
