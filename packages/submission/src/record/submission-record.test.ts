import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withoutSuperuser } from '@podium/test-kit/superuser';
import { describe, expect, test } from 'vitest';
import { recordOf, runRecord, temporaryFolder } from '../../test/submissions.ts';
import { writeSubmission } from '../files/write-submission.ts';
import {
  decodeSubmissionRecord,
  encodeSubmissionRecord,
  readSubmissionRecord,
  type SubmissionRecord,
} from './submission-record.ts';
import { verifyRebuild } from './verify-rebuild.ts';

const BYTES = Buffer.from('id,label\n1,cat\n01,dog\n');
const RECORD = recordOf(BYTES);

test('encoding and decoding gives the same record', async () => {
  const text = encodeSubmissionRecord(RECORD);
  expect(decodeSubmissionRecord(text)).toEqual(RECORD);
  expect(encodeSubmissionRecord(decodeSubmissionRecord(text))).toBe(text);
  expect(text.endsWith('}\n')).toBe(true);
  expect(encodeSubmissionRecord({ ...RECORD, score: null, sample: null })).toContain('"score": null');
  const file = join(temporaryFolder(), 'x.run.json');
  writeFileSync(file, text);
  expect(await readSubmissionRecord(file)).toEqual(RECORD);
  await expect(readSubmissionRecord(`${file}x`)).rejects.toMatchObject({ code: 'file-not-found' });
});

test('a record keeps columns with names that every object has', () => {
  const columns = JSON.parse('{"__proto__":"cat","constructor":"dog"}');
  const form = { form: 'class-columns', columns };
  const record = { ...RECORD, submission: { ...RECORD.submission, form } };
  const decoded = decodeSubmissionRecord(encodeSubmissionRecord(record));
  expect(JSON.stringify(decoded.submission.form)).toBe(JSON.stringify(form));
});

test.each<[string, (text: string) => string, string, RegExp]>([
  [
    'a truncated text',
    (text) => text.slice(0, 200),
    'record-not-json',
    /run.json: expected the record of a submission, in JSON/,
  ],
  [
    'another format',
    (text) => text.replace('podium-submission-1', 'podium-submission-9'),
    'record-invalid',
    /run.json format: expected podium-submission-1/,
  ],
  ["the pipeline's own record", () => JSON.stringify(RECORD.stages), 'record-invalid', /run.json/],
  [
    'an unknown key',
    (text) => text.replace('"competition"', '"competiton"'),
    'record-invalid',
    /competiton.*did you mean "competition"/,
  ],
  [
    'an invalid hash',
    (text) => text.replace(RECORD.submission.sha256, 'abc'),
    'record-invalid',
    /submission.sha256/,
  ],
  [
    'a score outside its interval',
    (text) => text.replace('"cv": 0.91', '"cv": 0.99'),
    'record-invalid',
    /score: expected low <= cv <= high, got 0.89, 0.99, 0.93/,
  ],
  [
    'a setting of a stage that was edited',
    (text) => text.replace(/"lr": 0.1\n/, '"lr": 0.2\n'),
    'record-edited',
    /run.json stages.instances\[0\]/,
  ],
  [
    'invalid stages',
    (text) => text.replace('podium-run-1', 'podium-run-9'),
    'record-invalid',
    /run.json stages.format/,
  ],
])('rejects %s', (_, edit, code, message) => {
  const text = edit(encodeSubmissionRecord(RECORD));
  expect(() => decodeSubmissionRecord(text, 'run.json')).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});

describe('writing', () => {
  test('writes both files once', async () => {
    const root = join(temporaryFolder(), 'submissions');
    const first = await writeSubmission({ root, bytes: BYTES, record: RECORD });
    expect(first.written).toBe(true);
    expect(readdirSync(first.folder).sort()).toEqual(['run 1.csv', 'run 1.run.json']);
    expect(readFileSync(first.csv)).toEqual(BYTES);
    expect(await readSubmissionRecord(first.record)).toEqual(RECORD);
    expect(await writeSubmission({ root, bytes: BYTES, record: RECORD })).toMatchObject({ written: false });
  });

  test('overwrites another submission only with `replace`', async () => {
    const root = temporaryFolder();
    const { csv } = await writeSubmission({ root, bytes: BYTES, record: RECORD });
    const other = Buffer.from('id,label\n1,dog\n01,dog\n');
    const record = recordOf(other);
    await expect(writeSubmission({ root, bytes: other, record })).rejects.toMatchObject({
      code: 'submission-exists',
    });
    expect(readFileSync(csv)).toEqual(BYTES);
    expect(await writeSubmission({ root, bytes: other, record, replace: true })).toMatchObject({
      written: true,
    });
    expect(readFileSync(csv)).toEqual(other);
  });

  test('names in any form of unicode are one name', async () => {
    const root = temporaryFolder();
    const [open, closed] = ['cafe\u0301', 'caf\u00e9'];
    const record = { ...RECORD, run: open, submission: { ...RECORD.submission, file: `${open}.csv` } };
    const paths = await writeSubmission({ root, bytes: BYTES, record });
    expect(readdirSync(paths.folder).sort()).toEqual([`${closed}.csv`, `${closed}.run.json`]);
    expect(await readSubmissionRecord(paths.record)).toMatchObject({
      run: closed,
      submission: { file: `${closed}.csv` },
    });
  });

  test.each<[string, (record: SubmissionRecord) => SubmissionRecord, string]>([
    [
      'a hash of other bytes',
      (record) => ({ ...record, submission: { ...record.submission, sha256: 'f'.repeat(64) } }),
      'submission-record',
    ],
    [
      'another file',
      (record) => ({ ...record, submission: { ...record.submission, file: 'x.csv' } }),
      'submission-record',
    ],
    ['a competition name with a path', (record) => ({ ...record, competition: '../x' }), 'unsafe-name'],
    ['a run name with a path', (record) => ({ ...record, run: 'a/../../b' }), 'unsafe-name'],
    ['the name of the ledger', (record) => ({ ...record, run: 'ledger' }), 'unsafe-name'],
  ])('rejects a record with %s, and writes nothing', async (_, edit, code) => {
    const root = temporaryFolder();
    await expect(writeSubmission({ root, bytes: BYTES, record: edit(RECORD) })).rejects.toMatchObject({
      code,
    });
    expect(readdirSync(root)).toEqual([]);
  });

  test('errors name a path that is not a folder, or not writable', async () => {
    const root = temporaryFolder();
    writeFileSync(join(root, 'faces'), 'a file');
    await expect(writeSubmission({ root, bytes: BYTES, record: RECORD })).rejects.toMatchObject({
      code: expect.stringMatching(/^file-/),
      message: expect.stringContaining('faces'),
    });
    mkdirSync(join(root, 'locked'));
    chmodSync(root, 0o755);
    chmodSync(join(root, 'locked'), 0o555);
    const locked = { root: join(root, 'locked'), bytes: BYTES, record: RECORD };
    await expect(withoutSuperuser(() => writeSubmission(locked))).rejects.toMatchObject({
      code: 'file-not-writable',
    });
    expect(existsSync(join(root, 'locked', 'faces'))).toBe(false);
  });
});

describe('rebuilding', () => {
  test('the same bytes', () => {
    expect(verifyRebuild(RECORD, BYTES)).toMatchObject({ same: true, causes: [], changes: [] });
  });

  test.each([
    ['\ufeffid,label\n1,cat\n01,dog\n', ['byte order mark: false -> true']],
    ['id,label\r\n1,cat\r\n01,dog\r\n', ['line ends: LF -> CRLF']],
    ['id,Label\n1,cat\n01,dog\n', ['header: id,label -> id,Label']],
    ['id,label\n1,cat\n', ['rows: 2 -> 1']],
    ['id,label\n1,cat\n01,owl\n', ['1 of 2 rows have other cells', 'row 2 ("01"), label: "dog" -> "owl"']],
    ['id,label\n1,cat\n01,"dog"\n', ['the same cells, written differently (quotes, spaces)']],
  ])('%j: tells what differs', (text, changes) => {
    const verdict = verifyRebuild(RECORD, Buffer.from(text), { original: BYTES });
    expect(verdict).toMatchObject({ same: false, changes });
  });

  test('compares sizes without the original CSV, and names causes with the new stages', () => {
    const verdict = verifyRebuild(RECORD, Buffer.from('id,label\n1,cat\n'), { stages: runRecord(0.2) });
    expect(verdict.changes).toEqual(['2 rows -> 1', '22 bytes -> 15']);
    expect(verdict.causes).toMatchObject([
      { kind: 'setting', name: 'train', key: 'lr', before: 0.1, now: 0.2 },
    ]);
  });

  test('rejects an edited original', () => {
    const original = Buffer.from('id,label\n1,owl\n01,dog\n');
    expect(() => verifyRebuild(RECORD, BYTES, { original })).toThrow(
      expect.objectContaining({ code: 'rebuild-original' }),
    );
  });
});
