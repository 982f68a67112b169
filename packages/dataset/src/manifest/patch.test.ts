import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CAT_DOG, row } from '../../test/rows.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import type { Manifest } from './manifest.ts';
import {
  applyPatch,
  type Patch,
  type PatchEntry,
  readPatch,
  reversePatch,
  rowState,
  writePatch,
} from './patch.ts';

const MANIFEST: Manifest = {
  heads: [CAT_DOG],
  rows: [
    row('a', 'cat'),
    row('b', 'dog', { group: 'x' }),
    row('c', 'cat'),
    row('s', 'cat', { softLabels: { label: [1, 0] } }),
  ],
};
const drop: PatchEntry = {
  action: 'drop',
  id: 'a',
  old: rowState(MANIFEST.rows[0]!),
  reason: 'a copy',
};
const relabel: PatchEntry = {
  action: 'relabel',
  id: 'b',
  head: 'label',
  old: 'dog',
  new: 'cat',
  reason: 'seen',
};
const regroup: PatchEntry = { action: 'regroup', id: 'b', old: 'x', new: 'y', reason: 'same scene' };
const ungroup: PatchEntry = { action: 'regroup', id: 'c', old: null, new: 'y', reason: 'same scene' };

test('drops, relabels and regroups, without changing the original manifest', async () => {
  const before = structuredClone(MANIFEST);
  const { rows } = applyPatch(MANIFEST, { entries: [drop, relabel, regroup, ungroup] });
  expect(rows.map(({ id, labels, group }) => [id, labels.label, group])).toEqual([
    ['b', 'cat', 'y'],
    ['c', 'cat', 'y'],
    ['s', 'cat', undefined],
  ]);
  expect(MANIFEST).toEqual(before);
});

test('the reverse undoes relabels and regroups', () => {
  const patch: Patch = { entries: [relabel, regroup, ungroup] };
  expect(applyPatch(applyPatch(MANIFEST, patch), reversePatch(patch))).toEqual(MANIFEST);
});

test.each([
  ['a missing row', { ...relabel, id: 'z' }, 'expected a row with this id, got none'],
  [
    'a changed label',
    { ...relabel, old: 'cat' },
    'expected "cat", as it was when the patch was made, got "dog"',
  ],
  ['a changed group', { ...regroup, old: null }, 'expected null'],
  ['a changed path', { ...drop, old: { path: 'other.png', labels: {} } }, 'other.png'],
  ['an unknown class', { ...relabel, new: 'dgo' }, 'did you mean "dog"?'],
  ['a soft label', { ...relabel, id: 's', old: 'cat', new: 'dog' }, 'expected no soft label'],
])('rejects %s', (_, entry, message) => {
  expect(() => applyPatch(MANIFEST, { entries: [entry as PatchEntry] }, 'p.json')).toThrow(message);
});

test('rejects two changes of one kind to a row, and changes to a dropped row', () => {
  expect(() => applyPatch(MANIFEST, { entries: [regroup, { ...regroup, old: 'y' }] })).toThrow(
    'change 2 (regroup of "b")',
  );
  expect(() => applyPatch(MANIFEST, { entries: [drop, { ...relabel, id: 'a', old: 'cat' }] })).toThrow(
    'got a row that the patch drops',
  );
});

test('a patch file has one change per line, and can be read back', async () => {
  const path = join(temporaryFolder(), 'patch.json');
  const patch: Patch = { entries: [drop, relabel, regroup] };
  await writePatch(path, patch);
  expect(await readPatch(path)).toEqual(patch);
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(patch.entries.length + 6);
  await writePatch(path, { entries: [] });
  expect(await readPatch(path)).toEqual({ entries: [] });
});

test.each([
  ['invalid JSON', '{', 'expected JSON'],
  ['another format', '{"format": "x", "entries": []}', 'format: expected "podium-patch/1"'],
  ['no list', '{"format": "podium-patch/1"}', 'entries: expected a list'],
  [
    'an unknown action',
    '{"format": "podium-patch/1", "entries": [{"action": "erase", "id": "a"}]}',
    'entries[0]',
  ],
  [
    'no old value',
    '{"format": "podium-patch/1", "entries": [{"action": "drop", "id": "a", "reason": ""}]}',
    'entries[0]',
  ],
])('reading rejects %s', async (_, text, message) => {
  const path = join(temporaryFolder(), 'patch.json');
  writeFileSync(path, text);
  await expect(readPatch(path)).rejects.toThrow(message);
});
