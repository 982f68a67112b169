import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalText, hashBytes, hashValue, PodiumError } from '@podium/core';
import type { SubmissionRecord } from '@podium/submission';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  predictImages,
  prepareSending,
  type RebuildOptions,
  rebuildSubmission,
  reportRun,
  runCompetition,
  trustFolder,
  verifyRun,
} from '../src/index.ts';
import { LEAVES_YAML, writeLeaves } from '../src/testing/leaves.ts';

/* A project of somebody else, with its submissions and its store. Nothing in it may be believed. */

const root = realpathSync(mkdtempSync(join(tmpdir(), 'podium-untrusted-')));
const whole = join(root, 'whole');
const own = join(root, 'own');
/** Written by the code of `own` whenever it is loaded. */
const canary = join(root, 'canary');
const heard: string[] = [];
let listener: Server;

const STAGE = `import { appendFileSync } from 'node:fs';
import { readHeads, writeHeads } from '@podium/competition';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';
appendFileSync(${JSON.stringify(canary)}, 'ran\\n');
export const same = defineStage({
  name: 'same',
  version: '1',
  settings: z.strictObject({}),
  inputs: { predictions: { kind: 'folder', type: 'predictions' } },
  outputs: { predictions: { kind: 'folder', type: 'predictions' } },
  run: async ({ inputs, outputs }) => writeHeads(outputs.predictions, await readHeads(inputs.predictions)),
});
`;

beforeAll(async () => {
  listener = createServer((socket) => {
    socket.on('data', (bytes) => void heard.push(bytes.toString('latin1').split('\r\n')[0]!));
    socket.on('error', () => {});
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nevil');
  });
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
  const settings = `${LEAVES_YAML}metric: accuracy\nreport: false\nthreads: 1\n`;
  for (const folder of [whole, own]) await writeLeaves(folder);
  writeFileSync(join(whole, 'podium.yaml'), settings);
  writeFileSync(join(own, 'podium.yaml'), `${settings}postprocess: [{ module: stage.ts, export: same }]\n`);
  writeFileSync(join(own, 'stage.ts'), STAGE);
  await runCompetition(whole, { name: 'one' });
  await runCompetition(own, { name: 'one', trust: true });
}, 600_000);
afterAll(() => {
  listener.close();
  rmSync(root, { recursive: true });
});

let copies = 0;
let folder: string;
/** What somebody passed on. */
function passedOn(from: string): string {
  folder = join(root, `copy-${copies++}`);
  cpSync(from, folder, { recursive: true, preserveTimestamps: true });
  return folder;
}
beforeEach(() => {
  rmSync(canary, { force: true });
  heard.length = 0;
});

const recordOf = () => join(folder, 'submissions/leaves/one.run.json');
const csvOf = () => join(folder, 'submissions/leaves/one.csv');

type Mutable<T> = { -readonly [K in keyof T]: Mutable<T[K]> };
function editRecord(edit: (record: Mutable<SubmissionRecord>) => void): void {
  const record = JSON.parse(readFileSync(recordOf(), 'utf8')) as Mutable<SubmissionRecord>;
  edit(record);
  writeFileSync(recordOf(), JSON.stringify(record));
}

/** The checks of a rebuild, without what comes after them. */
async function checked(options: RebuildOptions = {}): Promise<'would run' | PodiumError> {
  const controller = new AbortController();
  const begun = new Error('begun');
  try {
    await rebuildSubmission(recordOf(), {
      ...options,
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'phase' && event.phase === 'rebuilding') controller.abort(begun);
      },
    });
  } catch (error) {
    if (error === begun) return 'would run';
    if (error instanceof PodiumError) return error;
    throw error;
  }
  throw new Error('nothing stopped it');
}

test('a rebuild computes everything, wherever results lie, and leaves nothing', {
  timeout: 300_000,
}, async () => {
  passedOn(whole);
  const before = readdirSync(folder);
  const result = await rebuildSubmission(recordOf());
  expect(result).toMatchObject({ stored: 0, verdict: { same: true, causes: [] } });
  expect(result.scores).toBeUndefined();
  expect(result.computed).toBe(result.record.stages.instances.length);
  expect(readFileSync(csvOf()).equals(result.bytes)).toBe(true);
  expect(readdirSync(folder)).toEqual(before);
  const stored = await rebuildSubmission(recordOf(), { store: 'stored' });
  expect(stored).toMatchObject({ computed: 0, stored: result.computed, verdict: { same: true } });
});

test('forged results: other labels in the CSV, in the store with new checksums, and in the record', {
  timeout: 300_000,
}, async () => {
  passedOn(whole);
  const text = readFileSync(csvOf(), 'utf8');
  const forged = text.replaceAll(/(oak|elm)$/gm, (label) => (label === 'oak' ? 'elm' : 'oak'));
  expect(forged).not.toBe(text);
  const sha256 = hashBytes(Buffer.from(forged));
  writeFileSync(csvOf(), forged);
  editRecord((record) => {
    const { key } = record.stages.instances.find(({ name }) => name === 'submission')!;
    record.submission.sha256 = sha256;
    record.submission.bytes = Buffer.byteLength(forged);
    record.stages.instances.find(({ name }) => name === 'submission')!.outputs.submission!.sha256 = sha256;
    forgeEntry(key, 'submission', forged);
    Object.assign(record.score!, { cv: 1, high: 1 });
  });
  // What is stored fits the record, so whoever believes the store finds nothing.
  const stored = await rebuildSubmission(recordOf(), { store: 'stored' });
  expect(stored).toMatchObject({ computed: 0, verdict: { same: true } });
  expect(stored.scores?.recorded?.cv).toBe(1);
  const { verdict, computed, scores } = await rebuildSubmission(recordOf());
  expect(scores?.rebuilt?.cv).toBeLessThan(1);
  expect(computed).toBeGreaterThan(5);
  expect(verdict).toMatchObject({ same: false, expected: sha256 });
  expect(verdict.changes.join('\n')).toMatch(/4 of 4 rows have other cells/);
});

/** Replaces a stored file, with every hash and checksum made right again. */
function forgeEntry(key: string, output: string, content: string): void {
  const entry = join(folder, '.podium/entries', key);
  const file = join(entry, readdirSync(entry).find((name) => name.endsWith('.json'))!);
  const { manifest } = JSON.parse(readFileSync(file, 'utf8')) as {
    manifest: {
      outputs: Record<string, { path: string; sha256: string }>;
      files: { path: string; size: number; sha256: string; modifiedMs: number }[];
    };
  };
  const { path } = manifest.outputs[output]!;
  const target = readdirSync(entry, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith(path),
  )!;
  writeFileSync(join(entry, target), content);
  manifest.outputs[output]!.sha256 = hashBytes(Buffer.from(content));
  const listed = manifest.files.find((item) => item.path === path)!;
  listed.sha256 = hashBytes(Buffer.from(content));
  listed.size = Buffer.byteLength(content);
  const sorted = JSON.parse(canonicalText(manifest)) as unknown;
  writeFileSync(file, `${JSON.stringify({ checksum: hashValue(manifest), manifest: sorted }, null, 1)}\n`);
}

test('a run that wrote its submissions elsewhere finds its results', { timeout: 120_000 }, async () => {
  const submissions = join(root, 'elsewhere');
  await runCompetition(whole, { name: 'two', submissions });
  const { run, stored } = await verifyRun('two', { submissions });
  expect(run.store).toBe(join(whole, '.podium'));
  expect(stored).toMatchObject({ missing: 0, different: [] });
  await reportRun('two', { submissions, trust: true });
  expect(existsSync(join(root, '.podium'))).toBe(false);
});

test('a changed input is named, with its file, and nothing runs; hashes that came along count for nothing', async () => {
  passedOn(whole);
  const image = join(folder, 'data/images/3.png');
  writeFileSync(image, readFileSync(join(folder, 'data/images/4.png')));
  const old = hashBytes(readFileSync(join(whole, 'data/images/3.png')));
  const { size, mtimeNs, ctimeNs, ino } = statSync(image, { bigint: true });
  const body = JSON.stringify([[image, `${size}:${mtimeNs}:${ctimeNs}:${ino}`, old]]);
  writeFileSync(join(folder, '.podium/file-hashes.txt'), `${hashBytes(Buffer.from(body))}\n${body}`);
  expect(await checked({ store: 'stored' })).toBe('would run');
  const error = await checked();
  expect(error).toMatchObject({ code: 'rebuild-inputs' });
  expect((error as Error).message).toMatch(/source data: content changed .*1 changed \(images\/3\.png\)/);
  const warnings: string[] = [];
  const controller = new AbortController();
  const anyway = rebuildSubmission(recordOf(), {
    anyway: true,
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'warning') warnings.push(event.message);
      if (event.type === 'phase') controller.abort(new Error('begun'));
    },
  });
  await expect(anyway).rejects.toThrow('begun');
  expect(warnings.join('\n')).toContain('images/3.png');
  // A report is made of stored results, and so believes stored hashes, too.
  rmSync(join(folder, '.podium/file-hashes.txt'));
  await expect(reportRun(recordOf(), { submissions: join(folder, 'submissions') })).rejects.toMatchObject({
    code: 'rebuild-inputs',
  });
});

test('a CSV that was edited is told before anything is computed', async () => {
  passedOn(whole);
  appendFileSync(csvOf(), '99.png,oak\n');
  expect(await checked()).toMatchObject({
    message: expect.stringContaining('one.csv: the CSV was edited after the run wrote it'),
  });
});

test.each<[string, () => void]>([
  [
    'an absolute path',
    () =>
      editRecord((record) => {
        record.stages.sources.data!.path = join(whole, 'data');
      }),
  ],
  [
    'a path with ..',
    () =>
      editRecord((record) => {
        record.stages.sources.data!.path = '../../../whole/data';
      }),
  ],
  [
    'a link',
    () => {
      rmSync(join(folder, 'data'), { recursive: true });
      symlinkSync(join(whole, 'data'), join(folder, 'data'));
    },
  ],
])('data outside of the project, by %s, is read only if that is trusted', async (_, move) => {
  passedOn(whole);
  move();
  const error = await checked();
  expect(error).toMatchObject({ code: 'untrusted' });
  expect((error as Error).message).toMatch(/reads data: .*, outside of the project\n *fix: .*--trust/);
  expect(await checked({ trust: true })).toBe('would run');
});

test('trust in a project says nothing about a record somewhere below it', async () => {
  passedOn(own);
  await trustFolder(folder);
  expect(await checked()).toBe('would run');
  // Without a store of its own, a folder that was unpacked in a project belongs to it, at first sight.
  const inner = join(folder, 'unpacked');
  for (const name of ['data', 'submissions', 'stage.ts'])
    cpSync(join(own, name), join(inner, name), { recursive: true, preserveTimestamps: true });
  rmSync(canary);
  folder = inner;
  expect(await checked()).toMatchObject({ code: 'untrusted' });
  // Nor about one whose folder of submissions has another name: what is beside it may be anybody's.
  renameSync(join(inner, 'submissions'), join(inner, 'sent'));
  const record = join(inner, 'sent/leaves/one.run.json');
  await trustFolder(inner);
  await expect(rebuildSubmission(record)).rejects.toMatchObject({ code: 'untrusted' });
  expect(existsSync(canary)).toBe(false);
});

test('code of a record does not run unless it is trusted, and changed code is named before anybody is asked', async () => {
  passedOn(own);
  const error = await checked();
  expect(error).toMatchObject({ code: 'untrusted' });
  expect((error as Error).message).toContain(join(folder, 'stage.ts'));
  const images = [join(folder, 'data/images/13.png')];
  const submissions = join(folder, 'submissions');
  await expect(predictImages(recordOf(), images, { submissions })).rejects.toMatchObject({
    code: 'untrusted',
  });
  await expect(reportRun(recordOf(), { submissions })).rejects.toMatchObject({ code: 'untrusted' });
  await expect(runCompetition(folder)).rejects.toMatchObject({ code: 'untrusted' });
  appendFileSync(join(folder, 'stage.ts'), '// changed\n');
  let asked = false;
  const trust = async () => {
    asked = true;
    return 'once' as const;
  };
  for (const wanted of [
    checked({ trust }),
    predictImages(recordOf(), images, { submissions, trust }).catch((problem: unknown) => problem),
  ])
    expect(await wanted).toMatchObject({ code: 'rebuild-inputs' });
  expect(asked).toBe(false);
  expect(existsSync(canary)).toBe(false);
});

test('trusted code runs, in a rebuild and for other images', { timeout: 300_000 }, async () => {
  passedOn(own);
  expect(await checked({ trust: true })).toBe('would run');
  expect(readFileSync(canary, 'utf8')).toBe('ran\n');
  const submissions = join(folder, 'submissions');
  const { images } = await predictImages(recordOf(), [join(folder, 'data/images/13.png')], {
    submissions,
    trust: true,
  });
  expect(images).toBe(1);
});

test('a record alone makes no request; with fetch it makes one, and keeps only the recorded bytes', async () => {
  passedOn(whole);
  const { port } = listener.address() as AddressInfo;
  const path = `http://127.0.0.1:${port}/resnet18.pth`;
  const sha256 = 'a'.repeat(64);
  editRecord((record) => {
    record.stages.sources['weights[x]'] = { kind: 'file', type: 'weights', path, sha256, bytes: 4 };
  });
  const offline = await checked();
  expect(offline).toMatchObject({ code: 'record-offline' });
  expect((offline as Error).message).toMatch(
    /weights\[x\]: http:.*resnet18\.pth \(SHA-256 a+\)\n *fix: .*--fetch/s,
  );
  expect(await checked({ fetch: async () => false })).toMatchObject({ code: 'record-offline' });
  expect(heard).toEqual([]);
  const asked: string[] = [];
  const fetched = await checked({
    fetch: async (missing) => {
      asked.push(...missing.map(({ from }) => from));
      return true;
    },
  });
  expect(asked).toEqual([path]);
  expect(fetched).toBeInstanceOf(PodiumError);
  expect(heard).toEqual(['GET /resnet18.pth HTTP/1.1']);
});

test.each(['https://example.org/x.ts', 'hf:evil/x', 'pypi:evil==1.0/x.ts'])(
  'code has no address: %s',
  async (path) => {
    passedOn(own);
    editRecord((record) => {
      const code = Object.values(record.stages.sources).find(({ type }) => type === 'stage-code')!;
      code.path = path;
    });
    expect(await checked({ trust: true, fetch: true })).toMatchObject({ code: 'record-path' });
    expect(existsSync(canary)).toBe(false);
  },
);

test.each<[string, (record: Mutable<SubmissionRecord>) => void, RegExp]>([
  [
    'another file',
    (record) => {
      record.submission.file = '../../../canary.csv';
    },
    /submission\.file.*one\.csv/s,
  ],
  [
    'a file of another name',
    (record) => {
      record.submission.file = 'ledger.csv';
    },
    /submission\.file/,
  ],
  [
    'a competition that is a path',
    (record) => {
      record.competition = '../x';
    },
    /competition/,
  ],
  [
    'a run that is a path',
    (record) => {
      record.run = 'a/b';
    },
    /run/,
  ],
  [
    'a sample elsewhere',
    (record) => {
      record.sample!.path = '../../secret.csv';
    },
    /sample\.path/,
  ],
])('submit refuses a record that names %s', async (_, edit, message) => {
  passedOn(whole);
  editRecord(edit);
  const prepared = prepareSending(recordOf(), { submissions: join(folder, 'submissions') });
  await expect(prepared).rejects.toMatchObject({
    code: 'record-invalid',
    message: expect.stringMatching(message),
  });
});

test('submit sends no link, and no record says what the linter lets pass', async () => {
  passedOn(whole);
  const submissions = join(folder, 'submissions');
  const text = readFileSync(csvOf(), 'utf8');
  // All of one class.
  writeFileSync(csvOf(), text.replaceAll(/(oak|elm)$/gm, 'ash'));
  editRecord((record) => {
    (record.settings as { submission: { accept: string[] } }).submission.accept = [
      'known-classes',
      'one-class',
    ];
  });
  const byRecord = await prepareSending(recordOf(), { submissions });
  expect(byRecord.lint.ok).toBe(false);
  expect(byRecord).toMatchObject({
    accepted: [],
    acceptedByRun: ['known-classes', 'one-class'],
    edited: true,
  });
  const accept = ['known-classes', 'one-class'];
  expect((await prepareSending(recordOf(), { submissions, accept })).lint.ok).toBe(true);
  appendFileSync(join(folder, 'podium.yaml'), 'submission: { accept: [known-classes, one-class] }\n');
  expect((await prepareSending(recordOf(), { submissions })).accepted).toEqual(accept);
  const secret = join(root, 'secret.csv');
  renameSync(csvOf(), secret);
  symlinkSync(secret, csvOf());
  await expect(prepareSending(csvOf(), { submissions })).rejects.toMatchObject({ code: 'submit-link' });
});
