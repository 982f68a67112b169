import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashBytes } from '@podium/core';
import { expect, test } from 'vitest';
import { submissionsFolder } from '../../../apps/podium/test/submission.ts';
import { enterScore, ledgerPath, readLedger, recordInLedger } from './ledger.ts';
import { previousSubmission } from './previous.ts';

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

test('runs are written down, scores entered, and all of it read back', async () => {
  const folder = join(submissionsFolder(), 'new');
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

test('the same run again keeps what the leaderboard said; another CSV under its name does not get it', async () => {
  const folder = submissionsFolder();
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
  const folder = submissionsFolder();
  writeFileSync(ledgerPath(folder), text);
  expect(await readLedger(folder)).toEqual([{ run: 'first', sha256: A, public: 0.9 }]);
});

test("people's own columns and rows without a hash stay", async () => {
  const folder = submissionsFolder();
  writeFileSync(ledgerPath(folder), 'run,idea,public\nby hand,"mixup, stronger",0.8\n');
  await recordInLedger(folder, ROW);
  expect(await readLedger(folder)).toEqual([
    { run: 'by hand', public: 0.8, more: { idea: 'mixup, stronger' } },
    { ...ROW, more: { idea: '' } },
  ]);
});

test.each([
  ['a score that is none', 'run,cv\na,0.9\nb,good\n', /ledger.csv:3 column "cv".*got "good"/],
  ['a decimal comma', 'run;cv\na;0,9\n', /ledger.csv:2 column "cv".*a point before its decimals/],
  ['NaN', 'run,public\na,NaN\n', /ledger.csv:2 column "public"/],
  ['a hash that is none', 'run,sha256\na,abc\n', /ledger.csv:2 column "sha256"/],
  ['no run', 'run,cv\n,0.9\n', /ledger.csv:2 column "run"/],
  ['a run twice', 'run,cv\na,0.9\nb,1\na,0.8\n', /ledger.csv:4 column "run".*which line 2 has/],
  [
    'an interval beside its score',
    'run,cv,low,high\na,0.9,0.91,0.95\n',
    /ledger.csv:2 column "cv": .*low <= cv <= high/,
  ],
  ['a direction that is none', 'run,direction\na,up\n', /higher or lower/],
])('refuses %s, and writes nothing', async (_, text, message) => {
  const folder = submissionsFolder();
  writeFileSync(ledgerPath(folder), text);
  const refused = { code: 'ledger-corrupt', message: expect.stringMatching(message) };
  await expect(readLedger(folder)).rejects.toMatchObject(refused);
  await expect(recordInLedger(folder, ROW)).rejects.toMatchObject(refused);
  expect(readFileSync(ledgerPath(folder), 'utf8')).toBe(text);
});

test('a row that is cut short, a file that is no ledger', async () => {
  const folder = submissionsFolder();
  writeFileSync(ledgerPath(folder), 'run,cv,low\na,0.9\n');
  await expect(readLedger(folder)).rejects.toMatchObject({ code: 'table-row-length' });
  writeFileSync(ledgerPath(folder), 'name,cv\na,0.9\n');
  await expect(readLedger(folder)).rejects.toMatchObject({ code: 'table-unknown-column' });
});

test('a run that is not there: the nearest is suggested', async () => {
  const folder = submissionsFolder();
  await recordInLedger(folder, ROW);
  await expect(enterScore(folder, 'frist', { public: 1 })).rejects.toMatchObject({
    code: 'ledger-unknown-run',
    message: expect.stringMatching(/did you mean "first"/),
  });
  const refused = { code: 'ledger-score' };
  await expect(enterScore(folder, 'first', { public: Number.NaN })).rejects.toMatchObject(refused);
  await expect(recordInLedger(folder, { ...ROW, cv: Number.NaN })).rejects.toMatchObject(refused);
  await expect(recordInLedger(folder, { ...ROW, cv: 0.5 })).rejects.toMatchObject(refused);
  await expect(recordInLedger(folder, { ...ROW, run: '../x' })).rejects.toMatchObject({
    code: 'unsafe-name',
  });
  expect(await readLedger(folder)).toEqual([ROW]);
});

test('writers at the same time lose nothing of each other', async () => {
  const folder = submissionsFolder();
  await Promise.all(
    Array.from({ length: 12 }, (_, i) => recordInLedger(folder, { run: `run ${i}`, sha256: A })),
  );
  const rows = await readLedger(folder);
  expect(rows.map(({ run }) => run).sort()).toEqual(Array.from({ length: 12 }, (_, i) => `run ${i}`).sort());
});

test('the lock of a process that was killed does not last', async () => {
  const folder = submissionsFolder();
  const lock = `${ledgerPath(folder)}.lock`;
  mkdirSync(lock);
  utimesSync(lock, 1, 1);
  await recordInLedger(folder, ROW);
  expect(await readLedger(folder)).toEqual([ROW]);
});

test('the submission before is the last one whose file is there', async () => {
  const folder = submissionsFolder();
  expect(await previousSubmission(folder, 'now', 'id')).toBeUndefined();
  const runs = ['old', 'good', 'other form', '../../etc', 'gone', 'now'];
  writeFileSync(ledgerPath(folder), `run\n${runs.join('\n')}\n`);
  writeFileSync(join(folder, 'old.csv'), 'id,label\n1,cat\n');
  writeFileSync(join(folder, 'good.csv'), 'id,label\n1,dog\n');
  writeFileSync(join(folder, 'other form.csv'), 'name,label\n1,dog\n');
  writeFileSync(join(folder, 'now.csv'), 'id,label\n1,owl\n');
  expect(await previousSubmission(folder, 'now', 'id')).toMatchObject({
    file: 'good.csv',
    rows: [{ cells: ['1', 'dog'] }],
  });
});
