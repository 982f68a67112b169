import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleOf, tableOf, temporaryFolder } from '../../test/submissions.ts';
import { encodeTable, readSubmissionTable, type TableReading } from './submission-table.ts';

/** Encoding the cells of a file in its own style gives the file. */
test.each([
  ['line feeds', 'id,label\n1,cat\n01,dog\n'],
  ['Windows line ends', 'id,label\r\n1,cat\r\n2,dog\r\n'],
  ['a byte order mark', '\ufeffid,label\n1,cat\n'],
  ['a byte order mark and Windows line ends', '\ufeffid,label\r\n1,cat\r\n'],
  ['quotes everywhere', '"id","label"\n"1","cat"\n"2","dog"\n'],
  ["quotes around text, R's way", '"id","p"\n"a",0.5\n"b",0.25\n'],
  ['quotes in the header alone', '"id","label"\n1,cat\n'],
  ['quotes in the rows alone', 'id,label\n"1","cat"\n'],
  ['spaces in the header', 'id, label \n1,cat\n'],
  ['semicolons', 'id;label\n1;cat\n2;a,b\n'],
  ['tabs', 'id\tlabel\n1\tcat\n'],
  ['quotes, delimiters and line breaks in ids', 'id,label\n"a ""b"", c",cat\n"two\nlines",dog\n'],
  ['line breaks in ids of a Windows file', 'id,label\r\n"two\r\nlines",cat\r\nb,dog\r\n'],
  ['other scripts', 'ид,метка\n猫.jpg,кот\n🐈,犬\n'],
  ['empty cells', 'id,label\n1,\n2,\n'],
])('copies the style of a file with %s', async (_, text) => {
  const table = await tableOf(text);
  const bytes = encodeTable(
    table.style,
    table.rows.map(({ cells }) => cells),
  );
  expect(Buffer.from(bytes).toString('utf8')).toBe(text);
});

test.each<[string, Uint8Array, TableReading]>([
  ['UTF-16', Buffer.from('\ufeffid;label\r\n1;Eule\r\n2;K\u00e4uzchen\r\n', 'utf16le'), {}],
  ['UTF-16, the other way', Buffer.from('\ufeffid,label\n1,cat\n', 'utf16le').swap16(), {}],
  ['Windows-1252', Buffer.from('id,label\n1,K\u00e4uzchen\n', 'latin1'), { encoding: 'windows-1252' }],
  ['a line that names the delimiter', Buffer.from('sep=;\r\nid;label\r\n1;a,b\r\n'), {}],
  ['vertical bars', Buffer.from('id|label\n1|a,b\n'), {}],
  ['no header', Buffer.from('1.png,cat\n2.png,dog\n'), { header: ['id', 'label'] }],
  ['no header, and quotes', Buffer.from('"1.png","cat"\r\n"2.png","dog"\r\n'), { header: ['id', 'label'] }],
])('copies a file with %s byte by byte', async (_, bytes, reading) => {
  const path = join(temporaryFolder(), 't.csv');
  writeFileSync(path, bytes);
  const table = await readSubmissionTable(path, { reading });
  const again = encodeTable(
    table.style,
    table.rows.map(({ cells }) => cells),
  );
  expect(Buffer.from(again)).toEqual(Buffer.from(bytes));
  writeFileSync(path, again);
  expect((await readSubmissionTable(path, { reading: table.reading })).rows).toEqual(table.rows);
});

test('a character that the encoding of the sample does not have', async () => {
  const path = join(temporaryFolder(), 't.csv');
  writeFileSync(path, Buffer.from('id,label\n1,K\u00e4uzchen\n', 'latin1'));
  const { style } = await readSubmissionTable(path, { reading: { encoding: 'windows-1252' } });
  expect(() => encodeTable(style, [['1', '\u732b']])).toThrow(/windows-1252.*"\u732b"/s);
});

test.each([
  ['no last line end', 'id,label\n1,cat', 'id,label\n1,cat\n'],
  ['empty lines', '\nid,label\n\n1,cat\n\n', 'id,label\n1,cat\n'],
  ['delimiters at the end', 'id,label,\n1,cat,\n', 'id,label\n1,cat\n'],
  ['old Mac line ends', 'id,label\r1,cat\r', 'id,label\n1,cat\n'],
  ['a header alone', 'id,label', 'id,label\n'],
])('evens out %s', async (_, text, wanted) => {
  const table = await tableOf(text);
  const bytes = encodeTable(
    table.style,
    table.rows.map(({ cells }) => cells),
  );
  expect(Buffer.from(bytes).toString('utf8')).toBe(wanted);
});

test('encoding and reading gives the same cells', async () => {
  const unit = fc.constantFrom('a', '0', ',', ';', '"', '\n', ' ', 'é', '猫');
  const cell = fc.string({ unit, maxLength: 6 });
  const style = fc.record({
    delimiter: fc.constantFrom(',', ';', '\t'),
    newline: fc.constantFrom('\n' as const, '\r\n' as const),
    byteOrderMark: fc.boolean(),
    encoding: fc.constantFrom('utf-8' as const, 'utf-16le' as const),
    quoted: fc.tuple(fc.boolean(), fc.boolean()),
  });
  const folder = temporaryFolder();
  const path = join(folder, 't.csv');
  await fc.assert(
    fc.asyncProperty(style, fc.array(fc.tuple(cell, cell), { maxLength: 8 }), async (csvStyle, pairs) => {
      // The reader detects the delimiter, so cells must not contain the other candidates.
      const cells = pairs.map(([a, b], i) => [
        `${i}${a.replaceAll(/[,;]/g, '.')}`,
        b.replaceAll(/[,;]/g, '.'),
      ]);
      writeFileSync(path, encodeTable({ ...csvStyle, header: `id${csvStyle.delimiter}label` }, cells));
      const table = await readSubmissionTable(path, {
        reading: { delimiter: csvStyle.delimiter, encoding: csvStyle.encoding },
      });
      expect(table.rows.map((row) => row.cells)).toEqual(cells);
      expect(table.style).toMatchObject({ newline: csvStyle.newline, byteOrderMark: csvStyle.byteOrderMark });
    }),
    { numRuns: 60 },
  );
});

test('ids are trimmed for matching, and written unchanged', async () => {
  const sample = await sampleOf('id,label\n a ,x\n1,x\n01,x\n1.0,x\n');
  expect(sample.ids).toEqual(['a', '1', '01', '1.0']);
  expect(sample.rows[0]?.cells).toEqual([' a ', 'x']);
});

test.each([
  [
    'an id twice',
    'id,label\n1,a\n2,a\n1,b\n',
    /sample_submission.csv:4 column "id": the id "1" is already on line 2/,
  ],
  ['an id twice, with spaces', 'id,label\n1,a\n 1,a\n', /sample_submission.csv:3/],
  [
    'an empty id',
    'id,label\n,a\n',
    /sample_submission.csv:2 column "id": a row of the sample submission has no id/,
  ],
  ['no rows', 'id,label\n', /got no rows below the header/],
  ['no column to fill', 'id\n1\n', /got only the column "id"/],
])('rejects a sample with %s', async (_, text, message) => {
  const failure = await sampleOf(text).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'submission-sample', message: expect.stringMatching(message) });
});

test('any column may be the id column', async () => {
  const sample = await sampleOf('label,id\nx,1\n', 'id');
  expect([sample.ids, sample.valueColumns]).toEqual([['1'], ['label']]);
});
