import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ManifestRow, writeManifest } from '@podium/dataset';
import type { Teacher } from '@podium/pseudo-label';
import { afterAll, expect, test } from 'vitest';
import { writeJson } from '../artifacts/json.ts';
import { readFoldData, teacherRecord } from './fold-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'podium-folds-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HEADS = [{ name: 'pet', task: 'single-label' as const, classes: ['cat', 'dog'] }];
const row = (id: string, rest: Partial<ManifestRow>): ManifestRow => ({
  id,
  image: { kind: 'file', path: `${id}.jpg` },
  labels: { pet: 'cat' },
  weight: 1,
  provenance: { kind: 'true' },
  ...rest,
});
const rows = [0, 1, 2].map((fold) => row(`own${fold}`, { fold, group: `g${fold}` }));
const pseudo = (teacher: string, rest: Partial<ManifestRow> = {}) =>
  row('web/1', { provenance: { kind: 'pseudo', teacher, round: 1, confidence: 0.9 }, ...rest });

let files = 0;
async function foldData(
  extra: readonly ManifestRow[],
  teacher?: { key: string; records: readonly Teacher[] },
) {
  const place = join(folder, String(files++));
  await writeManifest(`${place}.jsonl`, { heads: HEADS, rows: extra });
  if (teacher !== undefined) await writeJson(`${place}.json`, teacher);
  return await readFoldData({
    rows,
    fold: 0,
    extra: [`${place}.jsonl`],
    teacher: teacher === undefined ? undefined : `${place}.json`,
  });
}

const careful: Teacher = { key: 'careful', round: 1, foldsSeen: [1, 2] };
const leaky: Teacher = { key: 'leaky', round: 1, foldsSeen: [0, 1, 2] };

test('rows of a teacher without the fold train, labeled external rows too, and none of them validates', async () => {
  const external = row('web/2', { provenance: { kind: 'external', source: 'web' } });
  const unlabeled = row('web/3', { labels: {}, provenance: { kind: 'external', source: 'web' } });
  const { train, validation, teacher } = await foldData([external, unlabeled, pseudo('careful')], {
    key: 'careful',
    records: [careful],
  });
  expect(train.map(({ id }) => id)).toEqual(['own1', 'own2', 'web/2', 'web/1']);
  expect(validation.map(({ id }) => id)).toEqual(['own0']);
  expect(teacher?.key).toBe('careful');
});

test('a teacher that saw the fold, itself or through its own teachers, is a leak', async () => {
  await expect(foldData([pseudo('leaky')], { key: 'leaky', records: [leaky] })).rejects.toThrow(
    /"web\/1" trains the model that fold 0 validates, under a label by teacher "leaky"/,
  );
  const taught: Teacher = { key: 'taught', round: 2, foldsSeen: [1, 2], taughtBy: ['leaky'] };
  const second = pseudo('taught', {
    provenance: { kind: 'pseudo', teacher: 'taught', round: 2, confidence: 0.9 },
  });
  await expect(foldData([second], { key: 'taught', records: [leaky, taught] })).rejects.toThrow(
    /one that learned of fold 0 from "leaky"/,
  );
  // Beside rows of an honest teacher as well: they may not fall out silently.
  const planted = pseudo('leaky', { id: 'web/9' });
  const records = [careful, leaky];
  await expect(foldData([pseudo('careful'), planted], { key: 'careful', records })).rejects.toThrow(
    /"leaky"/,
  );
});

test('rows of unknown teachers, of other teachers, and of validated groups throw', async () => {
  await expect(foldData([pseudo('careful')])).rejects.toThrow(/unknown teacher/);
  const other: Teacher = { key: 'other', round: 1, foldsSeen: [1] };
  await expect(foldData([pseudo('other')], { key: 'careful', records: [other, careful] })).rejects.toThrow(
    /by another teacher than this student's: expected "careful", got "other"/,
  );
  await expect(
    foldData([pseudo('careful', { group: 'g0' })], { key: 'careful', records: [careful] }),
  ).rejects.toThrow(/an image of group "g0"/);
  const asTrue = row('web/4', { fold: 0, provenance: { kind: 'external', source: 'web' } });
  await expect(foldData([asTrue])).rejects.toThrow(/"web\/4" validates fold 0.*an external row/s);
});

test('a record tells what was seen, and who taught', async () => {
  const file = join(folder, 'weights');
  await writeJson(file, 'weights');
  const without = await teacherRecord(await foldData([]), file);
  expect(without.records).toEqual([{ key: without.key, round: 1, foldsSeen: [1, 2] }]);
  const student = await teacherRecord(
    await foldData([pseudo('careful')], { key: 'careful', records: [careful] }),
    file,
  );
  expect(student.records).toEqual([
    careful,
    { key: without.key, round: 2, foldsSeen: [1, 2], taughtBy: ['careful'] },
  ]);
});
