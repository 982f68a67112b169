import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { hashBytes } from '@podium/core';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/submissions.ts';
import { enterScore, ledgerPath, readLedger, recordInLedger } from './ledger.ts';
import { readPreviousSubmission } from './previous-submission.ts';

const A = hashBytes('a');
const B = hashBytes('b');
const ROW = {
  run: 'first',
  sha256: A,
  metric: 'f1-macro',
  direction: 'higher',
  cv: 0.91,
  low: 0.89,
  high: 0.93,
} as const;

test('records runs, enters scores, and reads everything back', async () => {
  const folder = join(temporaryFolder(), 'new');
  expect(await readLedger(folder)).toEqual([]);
  await recordInLedger(folder, ROW);
  await recordInLedger(folder, { ...ROW, run: 'second, 猫', sha256: B, note: 'two\nlines, "best"' });
  await enterScore(folder, 'first', { public: 0.905 });
  await enterScore(folder, 'first', { private: 0.9, note: 'late' });
  expect(readFileSync(ledgerPath(folder), 'utf8')).toBe(
    `run,sha256,metric,direction,cv,low,high,public,private,note\nfirst,${A},f1-macro,higher,0.91,0.89,0.93,0.905,0.9,late\n"second, 猫",${B},f1-macro,higher,0.91,0.89,0.93,,,"two\nlines, ""best"""\n`,
  );
  expect(await readLedger(folder)).toEqual([
    { ...ROW, public: 0.905, private: 0.9, note: 'late' },
    { ...ROW, run: 'second, 猫', sha256: B, note: 'two\nlines, "best"' },
  ]);
  await enterScore(folder, 'first', { public: null, note: null });
  expect((await readLedger(folder))[0]).toEqual({ ...ROW, private: 0.9 });
  expect(readdirSync(folder)).toEqual(['ledger.csv']);
});

test('a folder may be named relative to the working directory', async () => {
  const folder = join(temporaryFolder(), 'submissions', 'masks');
  const near = relative(process.cwd(), folder);
  await recordInLedger(near, ROW);
  expect(await readLedger(near)).toEqual([ROW]);
  expect(await readLedger(folder)).toEqual([ROW]);
  expect(readdirSync(dirname(folder))).toEqual(['masks']);
});

test('what a spreadsheet would run as a formula has an apostrophe in the file, and is read without it', async () => {
  const folder = temporaryFolder();
  writeFileSync(ledgerPath(folder), `run,@mine,=1\nfirst,=HYPERLINK("x"),-0.5\n`);
  await enterScore(folder, 'first', { public: -0.9, note: '-a note\n=1' });
  await enterScore(folder, 'first', { public: -0.8 });
  expect(readFileSync(ledgerPath(folder), 'utf8')).toBe(
    `run,sha256,metric,direction,cv,low,high,public,private,note,'@mine,'=1\nfirst,,,,,,,-0.8,,"'-a note\n=1","'=HYPERLINK(""x"")",-0.5\n`,
  );
  const [row] = await readLedger(folder);
  expect(row).toMatchObject({ public: -0.8, note: '-a note\n=1', more: { "'@mine": '=HYPERLINK("x")' } });
});

test('recording a run again keeps its leaderboard scores, unless it is another CSV', async () => {
  const folder = temporaryFolder();
  await recordInLedger(folder, ROW);
  await recordInLedger(folder, { ...ROW, sha256: B });
  await enterScore(folder, 'first', { public: 0.9 });
  await recordInLedger(folder, { ...ROW, sha256: B, cv: 0.92 });
  expect(await readLedger(folder)).toEqual([{ ...ROW, sha256: B, cv: 0.92, public: 0.9 }]);
  await expect(recordInLedger(folder, ROW)).rejects.toMatchObject({ code: 'ledger-other-submission' });
  expect(await readLedger(folder)).toHaveLength(1);
});

test.each([
  ['Windows line ends, a byte order mark', `\ufeffrun,sha256,public\r\nfirst,${A},0.9\r\n`],
  ['semicolons and spaces', `run;sha256;public\n first ;${A}; 0.9 \n`],
  ['another order, fewer columns', `public,run,sha256\n.9,first,${A}\n`],
])('reads %s', async (_, text) => {
  const folder = temporaryFolder();
  writeFileSync(ledgerPath(folder), text);
  expect(await readLedger(folder)).toEqual([{ run: 'first', sha256: A, public: 0.9 }]);
});

test('keeps added columns, and rows without a hash', async () => {
  const folder = temporaryFolder();
  writeFileSync(ledgerPath(folder), 'run,idea,public\nby hand,"mixup, stronger",0.8\n');
  await recordInLedger(folder, ROW);
  expect(await readLedger(folder)).toEqual([
    { run: 'by hand', public: 0.8, more: { idea: 'mixup, stronger' } },
    { ...ROW, more: { idea: '' } },
  ]);
});

test('keeps added columns with names that every object has', async () => {
  const folder = temporaryFolder();
  writeFileSync(ledgerPath(folder), 'run,__proto__,constructor\nby hand,a,b\n');
  await recordInLedger(folder, ROW);
  const [first, second] = await readLedger(folder);
  expect(Object.entries(first!.more!)).toEqual([
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
  expect(Object.values(second!.more!)).toEqual(['', '']);
});

test.each([
  ['a score that is not a number', 'run,cv\na,0.9\nb,good\n', /ledger.csv:3 column "cv".*got "good"/],
  ['a decimal comma', 'run;cv\na;0,9\n', /ledger.csv:2 column "cv".*a number with a decimal point/],
  ['NaN', 'run,public\na,NaN\n', /ledger.csv:2 column "public"/],
  ['an invalid hash', 'run,sha256\na,abc\n', /ledger.csv:2 column "sha256"/],
  ['no run', 'run,cv\n,0.9\n', /ledger.csv:2 column "run"/],
  ['a run twice', 'run,cv\na,0.9\nb,1\na,0.8\n', /ledger.csv:4 column "run".*which is also on line 2/],
  [
    'a score outside its interval',
    'run,cv,low,high\na,0.9,0.91,0.95\n',
    /ledger.csv:2 column "cv": .*low <= cv <= high/,
  ],
  ['an unknown direction', 'run,direction\na,up\n', /higher or lower/],
])('rejects %s, and writes nothing', async (_, text, message) => {
  const folder = temporaryFolder();
  writeFileSync(ledgerPath(folder), text);
  const rejection = { code: 'ledger-corrupt', message: expect.stringMatching(message) };
  await expect(readLedger(folder)).rejects.toMatchObject(rejection);
  await expect(recordInLedger(folder, ROW)).rejects.toMatchObject(rejection);
  expect(readFileSync(ledgerPath(folder), 'utf8')).toBe(text);
});

test('rejects a truncated row, and a file that is not a ledger', async () => {
  const folder = temporaryFolder();
  writeFileSync(ledgerPath(folder), 'run,cv,low\na,0.9\n');
  await expect(readLedger(folder)).rejects.toMatchObject({ code: 'table-row-length' });
  writeFileSync(ledgerPath(folder), 'name,cv\na,0.9\n');
  await expect(readLedger(folder)).rejects.toMatchObject({ code: 'table-unknown-column' });
});

test('suggests the nearest run', async () => {
  const folder = temporaryFolder();
  await recordInLedger(folder, ROW);
  await expect(enterScore(folder, 'frist', { public: 1 })).rejects.toMatchObject({
    code: 'ledger-unknown-run',
    message: expect.stringMatching(/did you mean "first"/),
  });
  const rejection = { code: 'ledger-score' };
  await expect(enterScore(folder, 'first', { public: Number.NaN })).rejects.toMatchObject(rejection);
  await expect(recordInLedger(folder, { ...ROW, cv: Number.NaN })).rejects.toMatchObject(rejection);
  await expect(recordInLedger(folder, { ...ROW, cv: 0.5 })).rejects.toMatchObject(rejection);
  await expect(recordInLedger(folder, { ...ROW, run: '../x' })).rejects.toMatchObject({
    code: 'unsafe-name',
  });
  expect(await readLedger(folder)).toEqual([ROW]);
});

test('concurrent writers lose nothing', async () => {
  const folder = temporaryFolder();
  await Promise.all(
    Array.from({ length: 12 }, (_, i) => recordInLedger(folder, { run: `run ${i}`, sha256: A })),
  );
  const rows = await readLedger(folder);
  expect(rows.map(({ run }) => run).sort()).toEqual(Array.from({ length: 12 }, (_, i) => `run ${i}`).sort());
});

test('ignores the lock of a killed process', async () => {
  const folder = temporaryFolder();
  const lock = `${ledgerPath(folder)}.lock`;
  mkdirSync(lock);
  utimesSync(lock, 1, 1);
  await recordInLedger(folder, ROW);
  expect(await readLedger(folder)).toEqual([ROW]);
});

test('the previous submission is the last one whose file exists', async () => {
  const folder = temporaryFolder();
  expect(await readPreviousSubmission(folder, 'now', { idColumn: 'id', reading: {} })).toBeUndefined();
  const runs = ['old', 'good', 'other form', '../../etc', 'gone', 'now'];
  writeFileSync(ledgerPath(folder), `run\n${runs.join('\n')}\n`);
  writeFileSync(join(folder, 'old.csv'), 'id,label\n1,cat\n');
  writeFileSync(join(folder, 'good.csv'), 'id,label\n1,dog\n');
  writeFileSync(join(folder, 'other form.csv'), 'name,label\n1,dog\n');
  writeFileSync(join(folder, 'now.csv'), 'id,label\n1,owl\n');
  expect(await readPreviousSubmission(folder, 'now', { idColumn: 'id', reading: {} })).toMatchObject({
    file: 'good.csv',
    rows: [{ cells: ['1', 'dog'] }],
  });
});
