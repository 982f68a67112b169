import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CAT_DOG, row } from '../../test/rows.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { rowsOfFold } from './fold-rows.ts';
import {
  hashManifest,
  type Manifest,
  readManifest,
  readManifestHead,
  withoutUnusedClasses,
  writeManifest,
} from './manifest.ts';
import type { ManifestRow } from './types.ts';

const TAGS = { name: 'tags', task: 'multi-label', classes: ['x', 'y'] } as const;
const MANIFEST: Manifest = {
  heads: [CAT_DOG, TAGS],
  rows: [
    row('a', 'cat', { group: 'g', fold: 1, labels: { label: 'cat', tags: ['x', 'y'] } }),
    row('caf\u00e9\n\u2028"', 'dog', { softLabels: { label: [0.25, 0.75] }, weight: 0.5 }),
    row('p', 'dog', { provenance: { kind: 'pseudo', teacher: 'fold-0', round: 1, confidence: 0.9 } }),
    row('r', undefined, {
      image: { kind: 'raw', path: 'm.bin', offset: 16, width: 2, height: 2, channels: 1 },
      provenance: { kind: 'external', source: 'web' },
    }),
  ],
};

test('a manifest can be read back; equal content gives equal bytes and hashes', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'manifest.jsonl');
  await writeManifest(path, MANIFEST);
  const bytes = readFileSync(path);
  const back = await readManifest(path);
  expect(back).toEqual(MANIFEST);
  const turned = {
    rows: MANIFEST.rows.map((r) => Object.fromEntries(Object.entries(r).reverse())),
    heads: MANIFEST.heads,
  };
  await writeManifest(path, turned as unknown as Manifest);
  expect(readFileSync(path).equals(bytes)).toBe(true);
  expect(hashManifest(back)).toBe(hashManifest(MANIFEST));
  expect(hashManifest({ ...back, rows: back.rows.slice(1) })).not.toBe(hashManifest(back));
});

test('a long manifest is read whole, and its first line alone', async () => {
  const path = join(temporaryFolder(), 'manifest.jsonl');
  // More than a chunk, and characters of several bytes at every place.
  const rows = Array.from({ length: 4000 }, (_, i) => row(`${'ä€𝄞'.repeat(i % 7)}${i}`, 'cat'));
  await writeManifest(path, { ...MANIFEST, rows });
  expect(await readManifest(path)).toEqual({ ...MANIFEST, rows });
  const [first] = readFileSync(path, 'utf8').split('\n');
  writeFileSync(path, `${first}\nnot JSON\n`);
  expect(await readManifestHead(path)).toEqual({ heads: MANIFEST.heads, rows: 4000 });
  writeFileSync(path, '');
  await expect(readManifestHead(path)).rejects.toMatchObject({ code: 'manifest-malformed' });
});

test('golden: changing this changes the key of every stored result', () => {
  expect(hashManifest(MANIFEST)).toMatchInlineSnapshot(
    `"9138a16bce27ad30fe3de4fbaaccf15d4fd96231f460077f6b95ba8e94fa2738"`,
  );
});

const withRow = (row: Partial<ManifestRow>): Manifest => ({
  ...MANIFEST,
  rows: [MANIFEST.rows[0]!, { ...MANIFEST.rows[1]!, ...row }],
});

test.each([
  ['an id twice', { id: 'a' }, 'expected a unique id, got the id of row 1'],
  ['an empty id', { id: '' }, 'expected an id'],
  ['an unknown class', { labels: { label: 'cta' } }, 'did you mean "cat"?'],
  ['an unknown head', { labels: { lable: 'cat' } }, 'did you mean "label"?'],
  ['a list for one class', { labels: { label: ['cat'] } }, 'expected one class of "label"'],
  ['one class for a list', { labels: { tags: 'x' } }, 'expected a list of classes of "tags"'],
  ['a soft label of a wrong length', { softLabels: { label: [1] } }, 'expected 2 probabilities'],
  ['a soft label of a wrong sum', { softLabels: { label: [1, 1] } }, 'a sum of 2'],
  ['no weight', { weight: 0 }, 'expected a weight above 0'],
  ['a fold below 0', { fold: -1 }, 'expected a fold'],
  ['a path that climbs', { image: { kind: 'file', path: 'a/../../b' } }, 'expected a path inside the root'],
  ['an absolute path', { image: { kind: 'file', path: '/etc/passwd' } }, 'expected a path inside the root'],
  [
    'a pseudo label that validates',
    { fold: 0, provenance: { kind: 'pseudo', teacher: 't', round: 0, confidence: 1 } },
    'pseudo labels are never used for validation',
  ],
] as const)('rejects %s', async (_, change, message) => {
  const path = join(temporaryFolder(), 'm.jsonl');
  const failure = await writeManifest(path, withRow(change as Partial<ManifestRow>)).catch((error) => error);
  expect(failure).toMatchObject({ code: 'manifest-malformed' });
  expect(failure.message).toContain(message);
  expect(failure.message).toContain('row 2 (');
});

test.each([
  ['nothing', () => '', ':1: not a manifest'],
  ['invalid JSON', (text: string) => text.replace('{"format"', '{format'), ':1: not a manifest'],
  [
    'another format',
    (text: string) => text.replace('podium-manifest/1', 'podium-manifest/9'),
    'podium-manifest/9',
  ],
  ['a truncated file', (text: string) => text.split('\n').slice(0, 3).join('\n'), 'expected 4 rows'],
  [
    'a row without an image',
    (text: string) => text.replace('"image":', '"imago":'),
    ':2 image: not a manifest',
  ],
  ['a wrong provenance', (text: string) => text.replace('"teacher"', '"preacher"'), ':4 provenance'],
])('reading rejects %s', async (_, change, message) => {
  const path = join(temporaryFolder(), 'm.jsonl');
  await writeManifest(path, MANIFEST);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
  await expect(readManifest(path)).rejects.toThrow(message);
  await expect(readManifest(`${path}.no`)).rejects.toMatchObject({ code: 'file-not-found' });
});

test("a fold's rows: pseudo labels train only with the teacher that did not see the fold", () => {
  const pseudo = (id: string, teacher: string) =>
    row(id, 'cat', { provenance: { kind: 'pseudo', teacher, round: 0, confidence: 0.9 } });
  const rows = [
    row('a', 'cat', { fold: 0 }),
    row('b', 'dog', { fold: 1 }),
    row('e', 'dog', { provenance: { kind: 'external', source: 'web' } }),
    pseudo('p0', 'without-0'),
    pseudo('p1', 'without-1'),
  ];
  const ids = (list: readonly ManifestRow[]) => list.map(({ id }) => id).join(' ');
  const { train, validation } = rowsOfFold(rows, 0, { teacher: 'without-0' });
  expect([ids(train), ids(validation)]).toEqual(['b e p0', 'a']);
  expect(ids(rowsOfFold(rows, 0).train)).toBe('b e');
  expect(() => rowsOfFold(rows, 2)).toThrow('fold 2 has 3 rows to train on and 0 to validate on');
  expect(() => rowsOfFold([row('a', 'cat')], 0)).toThrow('the row "a" has no fold');
});

test('classes without rows are removed from heads and soft labels', () => {
  const heads = [{ ...CAT_DOG, classes: ['cat', 'cow', 'dog'] }, TAGS];
  const rows = [row('a', 'dog'), row('b', undefined, { softLabels: { label: [0.5, 0, 0.5] } })];
  const result = withoutUnusedClasses({ heads, rows });
  expect(result.heads.map(({ classes }) => classes)).toEqual([
    ['cat', 'dog'],
    ['x', 'y'],
  ]);
  expect(result.rows[1]?.softLabels).toEqual({ label: [0.5, 0.5] });
});
