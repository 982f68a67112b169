import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recordOf, temporaryFolder } from '../../test/submissions.ts';
import { enterScore, readLedger, recordInLedger } from '../ledger/ledger.ts';
import { listLedgers } from '../ledger/list-ledgers.ts';
import { readPreviousSubmission } from '../ledger/previous-submission.ts';
import { writeSubmission } from './write-submission.ts';

/*
 * An untrusted folder of submissions: something in it is a link to a folder or file outside, which must
 * stay as it is and be read by nobody.
 */
const BYTES = Buffer.from('id,label\n1,cat\n01,dog\n');
const RECORD = recordOf(BYTES);
const ROW = { run: RECORD.run, sha256: RECORD.submission.sha256 };
/** Valid as any file here, so that nothing but the link keeps it from being read or written. */
const CANARY = 'run,id,label\ncanary,1,cat\n';

function place() {
  const folder = temporaryFolder();
  const [root, outside] = [join(folder, 'submissions'), join(folder, 'outside')];
  mkdirSync(outside);
  const names = ['canary', 'ledger.csv', `${RECORD.run}.csv`, `${RECORD.run}.run.json`];
  for (const name of names) writeFileSync(join(outside, name), CANARY);
  for (const name of names) utimesSync(join(outside, name), 1000, 1000);
  const state = () =>
    readdirSync(outside).map((name) => {
      const { mtimeMs, ino, mode } = lstatSync(join(outside, name));
      return [name, mtimeMs, ino, mode, readFileSync(join(outside, name), 'utf8')];
    });
  const before = state();
  return { root, outside, untouched: () => expect(state()).toEqual(before) };
}

async function everything(root: string): Promise<unknown[]> {
  const folder = join(root, RECORD.competition);
  const errors: unknown[] = [];
  for (const act of [
    () => writeSubmission({ root, bytes: BYTES, record: RECORD, replace: true }),
    () => recordInLedger(folder, ROW),
    () => enterScore(folder, RECORD.run, { public: 0.5 }),
    () => readPreviousSubmission(folder, 'another', { idColumn: 'id', reading: {} }),
    () => listLedgers(root),
    async () => expect(JSON.stringify(await readLedger(folder))).not.toContain('canary'),
  ])
    await act().catch((error: { code?: string }) => errors.push(error.code ?? error));
  return errors;
}

test.each([
  ['.', 'canary'],
  [`${RECORD.run}.csv`, 'canary'],
  [`${RECORD.run}.run.json`, 'canary'],
  ['ledger.csv', 'canary'],
  ['ledger.csv', 'missing'],
  ['ledger.csv.lock', '.'],
])('a link at %s, to %s, is followed by nothing', async (name, target) => {
  const { root, outside, untouched } = place();
  const folder = join(root, RECORD.competition);
  await writeSubmission({ root, bytes: BYTES, record: RECORD });
  await recordInLedger(folder, ROW);
  expect(await everything(root)).toEqual([]);
  const link = join(folder, name);
  rmSync(link, { recursive: true, force: true });
  symlinkSync(name === '.' ? outside : join(outside, target), link);
  const errors = await everything(root);
  expect(errors).not.toEqual([]);
  expect(new Set(errors.filter((code) => code !== 'runs-none'))).toEqual(new Set(['link-refused']));
  untouched();
});

test('a hard link to a file outside is replaced: the file outside keeps its content', async () => {
  const { root, outside, untouched } = place();
  const folder = join(root, RECORD.competition);
  mkdirSync(folder, { recursive: true });
  for (const name of ['ledger.csv', `${RECORD.run}.csv`, `${RECORD.run}.run.json`])
    linkSync(join(outside, 'canary'), join(folder, name));
  await writeSubmission({ root, bytes: BYTES, record: RECORD, replace: true });
  await recordInLedger(folder, ROW);
  untouched();
});
