import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Rng } from '@podium/core';
import { type ManifestRow, readManifest, writeManifest } from '@podium/dataset';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readJsonFile } from '../artifacts/json.ts';
import { resolveRoots } from '../external/resolve-roots.ts';
import { type ExternalFindings, readExternal } from './read-external.ts';

const folder = mkdtempSync(join(tmpdir(), 'podium-external-'));
const data = join(folder, 'competition');
const HEADS = [{ name: 'pet', task: 'single-label' as const, classes: ['cat', 'dog'] }];

beforeAll(async () => {
  mkdirSync(data);
  for (const name of ['train1', 'train2', 'test1']) await draw(join(data, `${name}.png`), name);
  const row = (id: string, labels: Record<string, string>): ManifestRow => ({
    id,
    image: { kind: 'file', path: `${id}.png` },
    labels,
    weight: 1,
    provenance: { kind: 'true' },
  });
  await writeManifest(join(folder, 'train.jsonl'), {
    heads: HEADS,
    rows: [row('train1', { pet: 'cat' }), row('train2', { pet: 'dog' })],
  });
  await writeManifest(join(folder, 'test.jsonl'), { heads: HEADS, rows: [row('test1', {})] });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('reading external folders', () => {
  test('a pile of images: duplicates are found wherever they are, damaged files told', async () => {
    const pile = makeFolder('pile');
    for (const name of ['a', 'b']) await draw(join(pile, `${name}.png`), name);
    copyFileSync(join(pile, 'a.png'), join(pile, 'c.png'));
    copyFileSync(join(data, 'test1.png'), join(pile, 'd.png'));
    copyFileSync(join(data, 'train1.png'), join(pile, 'e.png'));
    writeFileSync(join(pile, 'f.png'), 'no image');
    writeFileSync(join(pile, 'notes.txt'), 'no image either');
    const { rows, findings } = await read('pile', { labels: 'ignore' });
    expect(rows.map(({ id, image }) => [id, image.path])).toEqual(
      ['a', 'b', 'c', 'd', 'e'].map((name) => [`pile/${name}.png`, `pile/${name}.png`]),
    );
    expect(rows[0]).toMatchObject({ labels: {}, provenance: { kind: 'external', source: 'pile' } });
    expect(findings.sources).toEqual([
      {
        name: 'pile',
        images: 5,
        labeled: 0,
        unknown: [],
        unreadable: ['pile/f.png'],
        decisions: [],
        omissions: [],
      },
    ]);
    const sets = findings.duplicates.map(({ images }) => images.map(({ source, id }) => `${source} ${id}`));
    expect(sets.map((set) => set.sort())).toEqual(
      expect.arrayContaining([
        ['pile pile/a.png', 'pile pile/c.png'],
        ['pile pile/e.png', 'train train1'],
        ['pile pile/d.png', 'test test1'],
      ]),
    );
  });

  test('an empty folder gives no rows', async () => {
    makeFolder('empty');
    for (const labels of ['use', 'ignore'] as const)
      expect((await read('empty', { labels })).rows).toEqual([]);
  });

  test('labels count where heads and classes agree', async () => {
    await labeled('pets', { cat: ['p1'], dog: ['p2'], hamster: ['p3', 'p4'] });
    const { rows, findings } = await read('pets', { labels: 'use' });
    const labels = Object.fromEntries(rows.map((row) => [row.image.path.replace(/.*\//, ''), row.labels]));
    expect(labels).toEqual({
      'p1.png': { pet: 'cat' },
      'p2.png': { pet: 'dog' },
      'p3.png': {},
      'p4.png': {},
    });
    expect(findings.sources[0]).toMatchObject({
      labeled: 2,
      unknown: [{ head: 'pet', label: 'hamster', images: 2 }],
    });
    const ignored = await read('pets', { labels: 'ignore' });
    expect(ignored.rows.every((row) => Object.keys(row.labels).length === 0)).toBe(true);
  });

  test('other classes altogether, and other heads, are an error that says what to do', async () => {
    await labeled('birds', { hawk: ['b1'], owl: ['b2'] });
    await expect(read('birds', { labels: 'use' })).rejects.toThrow(
      /none of its labels is a class of "pet": expected cat\|dog, got "hawk", "owl".*labels: ignore/s,
    );
    await expect(read('birds', { labels: 'use', heads: { pet: 'species' } })).rejects.toThrow(
      /its labels are for heads that the competition does not have.*expected species/s,
    );
  });
});

test('folders that lie apart are one, and no path leads out of them', async () => {
  const row = (path: string): ManifestRow => ({
    id: path,
    image: { kind: 'file', path },
    labels: {},
    weight: 1,
    provenance: { kind: 'true' },
  });
  const web = makeFolder('far/web');
  const { root, competition, external } = await resolveRoots({ data, web });
  const place = (rows: readonly ManifestRow[]) => rows.map(({ image }) => join(root, image.path));
  const { root: real } = await resolveRoots({ data: folder });
  expect(place(competition([row('a.png')]))).toEqual([join(real, 'competition/a.png')]);
  expect(place(external([row('web/x/b.png')]))).toEqual([join(real, 'far/web/x/b.png')]);
  expect(() => external([row('elsewhere/b.png')])).toThrow(/expected data\|web, got "elsewhere\/b.png"/);
  expect((await resolveRoots({ data })).competition([row('a.png')])[0]?.image.path).toBe('a.png');
});

function makeFolder(name: string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  return path;
}

async function labeled(name: string, classes: Readonly<Record<string, readonly string[]>>): Promise<void> {
  for (const [label, images] of Object.entries(classes)) {
    const place = makeFolder(`${name}/${label}`);
    for (const image of images) await draw(join(place, `${image}.png`), image);
  }
}

async function read(
  name: string,
  source: { readonly labels: 'use' | 'ignore'; readonly heads?: Readonly<Record<string, string>> },
): Promise<{ rows: readonly ManifestRow[]; findings: ExternalFindings }> {
  const outputs = { rows: join(folder, 'rows.jsonl'), findings: join(folder, 'findings.json') };
  await readExternal.run({
    settings: readExternal.settings.parse({ sources: [{ name, ...source }] }),
    inputs: {
      data,
      external: [join(folder, name)],
      train: join(folder, 'train.jsonl'),
      test: join(folder, 'test.jsonl'),
    },
    outputs,
    outputFolder: folder,
    scratchFolder: folder,
    workFolder: folder,
    report: () => {},
    signal: new AbortController().signal,
    rng: Rng.fromSeed(1),
  });
  return {
    rows: (await readManifest(outputs.rows)).rows,
    findings: await readJsonFile<ExternalFindings>(outputs.findings),
  };
}

/** An image of its own for each name. */
async function draw(path: string, name: string): Promise<void> {
  const pixels = Rng.fromSeed(name);
  const data = Uint8Array.from({ length: 64 * 64 * 3 }, () => pixels.int(256));
  await sharp(data, { raw: { width: 64, height: 64, channels: 3 } })
    .png()
    .toFile(path);
}
