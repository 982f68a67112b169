import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleOf, submissionsFolder, tableOf } from '../../../apps/podium/test/submission.ts';
import { readSubmissionTable, tableBytes } from './table.ts';

/** What is written in the style of a file, of its own cells, is the file. */
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
  const bytes = tableBytes(
    table.style,
    table.rows.map(({ cells }) => cells),
  );
  expect(Buffer.from(bytes).toString('utf8')).toBe(text);
});

test.each([
  ['no last line end', 'id,label\n1,cat', 'id,label\n1,cat\n'],
  ['empty lines', '\nid,label\n\n1,cat\n\n', 'id,label\n1,cat\n'],
  ['delimiters at the end', 'id,label,\n1,cat,\n', 'id,label\n1,cat\n'],
  ['old Mac line ends', 'id,label\r1,cat\r', 'id,label\n1,cat\n'],
  ['a header alone', 'id,label', 'id,label\n'],
])('evens out %s', async (_, text, wanted) => {
  const table = await tableOf(text);
  const bytes = tableBytes(
    table.style,
    table.rows.map(({ cells }) => cells),
  );
  expect(Buffer.from(bytes).toString('utf8')).toBe(wanted);
});

test('what is written is read back, whatever the cells hold', async () => {
  const unit = fc.constantFrom('a', '0', ',', ';', '"', '\n', ' ', 'é', '猫');
  const cell = fc.string({ unit, maxLength: 6 });
  const style = fc.record({
    delimiter: fc.constantFrom(',', ';', '\t'),
    newline: fc.constantFrom('\n' as const, '\r\n' as const),
    byteOrderMark: fc.boolean(),
    quoted: fc.tuple(fc.boolean(), fc.boolean()),
  });
  const folder = submissionsFolder();
  const path = join(folder, 't.csv');
  await fc.assert(
    fc.asyncProperty(style, fc.array(fc.tuple(cell, cell), { maxLength: 8 }), async (own, pairs) => {
      // A delimiter is found by looking: rows with the others in them are a matter of taste, not of bytes.
      const cells = pairs.map(([a, b], i) => [
        `${i}${a.replaceAll(/[,;]/g, '.')}`,
        b.replaceAll(/[,;]/g, '.'),
      ]);
      writeFileSync(path, tableBytes({ ...own, header: `id${own.delimiter}label` }, cells));
      const table = await readSubmissionTable(path);
      expect(table.rows.map((row) => row.cells)).toEqual(cells);
      expect(table.style).toMatchObject({ newline: own.newline, byteOrderMark: own.byteOrderMark });
    }),
    { numRuns: 60 },
  );
});

test('ids are compared without the spaces around them, and written with them', async () => {
  const sample = await sampleOf('id,label\n a ,x\n1,x\n01,x\n1.0,x\n');
  expect(sample.ids).toEqual(['a', '1', '01', '1.0']);
  expect(sample.rows[0]?.cells).toEqual([' a ', 'x']);
});

test.each([
  [
    'an id twice',
    'id,label\n1,a\n2,a\n1,b\n',
    /sample_submission.csv:4 column "id": the id "1" has a row already, in line 2/,
  ],
  ['an id twice but for spaces', 'id,label\n1,a\n 1,a\n', /sample_submission.csv:3/],
  [
    'an empty id',
    'id,label\n,a\n',
    /sample_submission.csv:2 column "id": a row of the sample submission has no id/,
  ],
  ['no rows', 'id,label\n', /got no row below the header/],
  ['no column to fill', 'id\n1\n', /got only the column "id"/],
])('refuses a sample with %s', async (_, text, message) => {
  const failure = await sampleOf(text).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'submission-sample', message: expect.stringMatching(message) });
});

test('the id column may be any', async () => {
  const sample = await sampleOf('label,id\nx,1\n', 'id');
  expect([sample.ids, sample.valueColumns]).toEqual([['1'], ['label']]);
});
