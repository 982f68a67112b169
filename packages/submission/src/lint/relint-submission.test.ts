import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PETS } from '../../test/lint-cases.ts';
import { recordOf, temporaryFolder } from '../../test/submissions.ts';
import { ledgerPath } from '../ledger/ledger.ts';
import { relintSubmission } from './relint-submission.ts';

const GOOD = 'id,label\n1,cat\n01,dog\n';

function competition(csvText = GOOD) {
  const root = temporaryFolder();
  writeFileSync(join(root, 'sample_submission.csv'), 'id,label\n1,cat\n01,cat\n');
  const submissions = join(root, 'submissions');
  mkdirSync(submissions);
  const csv = join(submissions, 'run 1.csv');
  writeFileSync(csv, csvText);
  return { root, submissions, csv, heads: [PETS] };
}

const RECORD = recordOf(Buffer.from(GOOD));

test('a submission as the run wrote it', async () => {
  const { lint, edited } = await relintSubmission(RECORD, competition());
  expect(lint).toMatchObject({ ok: true, findings: [], rows: 2 });
  expect(edited).toBe(false);
});

test('an edited submission', async () => {
  const { lint, edited } = await relintSubmission(RECORD, competition('id,label\n1,cta\n01,dog\n'));
  expect(lint.findings.map(({ rule }) => rule)).toEqual(['known-classes']);
  expect(edited).toBe(true);
  const accept = ['known-classes'];
  const accepted = await relintSubmission(RECORD, { ...competition('id,label\n1,cta\n01,dog\n'), accept });
  expect(accepted.lint.ok).toBe(true);
});

test('a submission without the id column', async () => {
  const { lint } = await relintSubmission(RECORD, competition('name,label\n1,cat\n01,dog\n'));
  expect(lint.findings.map(({ rule }) => rule)).toEqual(['header']);
});

test('against the submission before it', async () => {
  const folders = competition();
  writeFileSync(join(folders.submissions, 'old.csv'), GOOD);
  writeFileSync(ledgerPath(folders.submissions), 'run\nold\nrun 1\n');
  const { lint } = await relintSubmission(RECORD, folders);
  expect(lint.findings).toMatchObject([{ rule: 'last-submission', severity: 'warning' }]);
});

test('a column named __proto__, with the settings of the record', async () => {
  const folders = competition('id,__proto__\n1,cat\n01,dog\n');
  writeFileSync(join(folders.root, 'sample_submission.csv'), 'id,__proto__\n1,cat\n01,cat\n');
  const heads = [{ ...PETS, name: '__proto__' }];
  const form = { form: 'head-columns', columns: JSON.parse('{"__proto__":"__proto__"}') };
  const record = { ...RECORD, submission: { ...RECORD.submission, form } };
  const { lint } = await relintSubmission(record, { ...folders, heads });
  expect(lint.findings).toEqual([]);
});

test('without a sample, or without the CSV', async () => {
  const folders = competition();
  await expect(relintSubmission({ ...RECORD, sample: null }, folders)).rejects.toMatchObject({
    code: 'submit-no-sample',
  });
  await expect(relintSubmission(RECORD, { ...folders, csv: `${folders.csv}x` })).rejects.toMatchObject({
    code: 'file-not-found',
  });
});
