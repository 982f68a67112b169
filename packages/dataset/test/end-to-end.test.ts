import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  applyPatch,
  assertNoLeaks,
  assignFolds,
  duplicateSets,
  foldQuality,
  hashManifest,
  inspectDataset,
  proposePatch,
  readDataset,
  readFolds,
  readManifest,
  readPatch,
  rowsOfFold,
  withFolds,
  writeFolds,
  writeManifest,
  writePatch,
} from '../src/index.ts';
import { writeMaskCompetition } from '../src/testing/index.ts';
import { temporaryFolder } from './temporary-folder.ts';

test('from a folder with a hidden leak to a checked manifest with folds without leaks', async () => {
  const [folder, out] = [temporaryFolder(), temporaryFolder()];
  await writeMaskCompetition(folder, { people: 12, testPeople: 1, width: 48, height: 64 });
  // A photograph of one person is also another's.
  const people = join(folder, 'train/images');
  const [first = '', second = ''] = readdirSync(people).sort();
  for (const name of readdirSync(join(people, second)).filter((file) => /^normal/.test(file))) {
    const other = readdirSync(join(people, first)).find((file) => /^normal/.test(file))!;
    copyFileSync(join(people, first, other), join(people, second, name));
  }

  const description = await readDataset(folder, { settings: { heads: 'separate' } });
  const report = await inspectDataset(description, { limits: { rareClass: 0 } });
  const patch = proposePatch(report);
  await writePatch(join(out, 'patch.json'), patch);
  const manifest = applyPatch(
    { heads: description.heads, rows: description.train },
    await readPatch(join(out, 'patch.json')),
  );
  expect(manifest.rows.length).toBe(description.train.length - patch.entries.length);
  expect(patch.entries.length).toBeGreaterThan(0);

  const heads = ['mask', 'gender'];
  const folds = assignFolds(manifest, { folds: 3, seed: 1, heads, together: duplicateSets(report) });
  await writeFolds(join(out, 'folds.csv'), folds);
  const rows = withFolds(manifest.rows, await readFolds(join(out, 'folds.csv'), manifest.rows));
  expect(foldQuality({ ...manifest, rows }, folds, { heads })).toMatchObject({ absent: [], splitGroups: [] });
  assertNoLeaks(await inspectDataset({ ...description, train: rows }));

  await writeManifest(join(out, 'manifest.jsonl'), { ...manifest, rows });
  const back = await readManifest(join(out, 'manifest.jsonl'));
  expect(hashManifest(back)).toBe(hashManifest({ ...manifest, rows }));
  const { train, validation } = rowsOfFold(back.rows, 0);
  const groups = new Set(train.map(({ group }) => group));
  expect(validation.filter(({ group }) => groups.has(group))).toEqual([]);

  // Without the patch, and with folds that ignore people, the same folder has leaks.
  const careless = description.train.map((item, i) => ({ ...item, fold: i % 3 }));
  const leaking = await inspectDataset({ ...description, train: careless });
  expect(new Set(leaking.failures.map(({ check }) => check))).toContain('groups-across-folds');
  expect(() => assertNoLeaks(leaking)).toThrow('leaks would inflate scores');
});
