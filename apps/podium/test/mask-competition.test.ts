import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHeads } from '@podium/competition';
import { writeSmallCompetition } from '@podium/competition/testing';
import { readFolds, readManifest, withFolds } from '@podium/dataset';
import { openStore } from '@podium/pipeline';
import { readSubmissionRecord } from '@podium/submission';
import { ownMounts } from '@podium/test-kit/disks';
import { ALLOWED_SKIPS } from '@podium/test-kit/skips';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPodium } from './kills/start-podium.ts';
import { runPodium as podium } from './run-podium.ts';

/** 60 people with 7 photographs each; three heads, and a class that combines them. The tests build on each other. */
const PEOPLE = 60;
const folder = mkdtempSync(join(tmpdir(), 'podium-masks-'));
const submissions = join(folder, 'submissions', 'masks');
let record = '';
let csv = '';

beforeAll(async () => {
  await writeSmallCompetition(folder, {
    people: PEOPLE,
    testPeople: 12,
    folds: 2,
    epochs: 2,
    more: ['report: false'],
  });
  const { code, stderr } = await podium('run', folder);
  expect(stderr).toContain('submission');
  expect(code, stderr).toBe(0);
  const files = readdirSync(submissions);
  record = join(submissions, files.find((name) => name.endsWith('.run.json'))!);
  csv = record.replace(/\.run\.json$/, '.csv');
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the submission has the form of info.csv', () => {
  const [header, ...rows] = readFileSync(csv, 'utf8').trimEnd().split('\n');
  const [sampleHeader, ...sample] = readFileSync(join(folder, 'data/eval/info.csv'), 'utf8')
    .trimEnd()
    .split('\n');
  expect(header).toBe(sampleHeader);
  expect(rows.map((row) => row.split(',')[0])).toEqual(sample.map((row) => row.split(',')[0]));
  for (const row of rows) expect(Number(row.split(',')[1])).toSatisfy((k) => k >= 0 && k < 18);
});

test('the seven photographs of each person are in one fold', async () => {
  const { train } = await outputsOf('data');
  const { folds } = await outputsOf('folds');
  const manifest = await readManifest(train!);
  expect(manifest.rows).toHaveLength(7 * PEOPLE);
  const rows = withFolds(manifest.rows, await readFolds(folds!, manifest.rows));
  const foldsOf = new Map<string, Set<number | undefined>>();
  for (const { group, fold } of rows) foldsOf.set(group!, (foldsOf.get(group!) ?? new Set()).add(fold));
  expect(foldsOf.size).toBe(PEOPLE);
  for (const folds of foldsOf.values()) expect(folds.size).toBe(1);
  expect(new Set(rows.map(({ fold }) => fold))).toEqual(new Set([0, 1]));
});

test('three heads are trained, scored out of fold, and combined into one', async () => {
  const { oof, test: testPredictions } = await outputsOf('member[small-net]');
  const member = await readHeads(oof!);
  expect([...member.keys()].sort()).toEqual(['age', 'gender', 'mask']);
  for (const predictions of member.values()) expect(predictions.ids).toHaveLength(7 * PEOPLE);
  expect([...(await readHeads(testPredictions!)).keys()].sort()).toEqual(['age', 'gender', 'mask']);
  const blended = await readHeads((await outputsOf('blend')).oof!);
  expect([...blended].map(([name, { classes }]) => [name, classes.length])).toEqual([['class', 18]]);
});

test('a second run computes nothing and changes no byte', { timeout: 120_000 }, async () => {
  const before = contents(submissions);
  const { code, stderr } = await podium('run', folder);
  expect(code, stderr).toBe(0);
  expect(stderr).not.toMatch(/^ {2}(data|folds|train\S*|member\S*|blend|score|submission) \d+ s/m);
  expect(contents(submissions)).toEqual(before);
});

test('another learning rate trains again, but reads no image', { timeout: 120_000 }, async () => {
  const settings = join(folder, 'podium.yaml');
  const text = readFileSync(settings, 'utf8');
  try {
    writeFileSync(settings, text.replace('train: {', 'train: { learningRate: 0.005,'));
    const { code, stdout, stderr } = await podium('run', folder, '--plan', '--json');
    expect(code, stderr).toBe(0);
    const plan = JSON.parse(stdout) as { instances: { name: string; status: string }[] };
    const status = new Map(plan.instances.map((instance) => [instance.name, instance.status]));
    expect(status.get('train[small-net,seed=1,fold=0]')).toBe('run');
    expect(status.get('submission')).toBe('run');
    for (const name of ['data', 'folds']) expect(status.get(name) ?? 'cached').toBe('cached');
  } finally {
    writeFileSync(settings, text);
  }
});

test('a damaged result in the store is reported and recomputed', { timeout: 200_000 }, async () => {
  const before = contents(submissions);
  const { submission } = await outputsOf('submission');
  const path = submission!;
  const bytes = readFileSync(path);
  const { atime, mtime } = statSync(path);
  bytes[bytes.length - 2] = bytes.at(-2)! ^ 1;
  writeFileSync(path, bytes);
  utimesSync(path, atime, mtime);
  const { code, stderr } = await podium('run', folder);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('submission: its cached result is damaged');
  expect(contents(submissions)).toEqual(before);
});

test.for([
  ['read-only', 'ro', 'the file system is mounted read-only'],
  ['full', 'size=8k', 'the disk is full'],
])(
  'a %s disk for submissions is an error, and leaves no partial files',
  async ([name, options, message], { skip }) => {
    if (ownMounts === undefined) return skip(ALLOWED_SKIPS.disks);
    const mount = join(folder, `disk-${name}`);
    mkdirSync(mount);
    // Only this process sees the mount, so it lists the remaining files itself.
    const script = `mount -t tmpfs -o ${options} tmpfs "$0" && "$@"; code=$?; find "$0" -type f; exit $code`;
    const { code, stdout, stderr } = await startPodium(['run', folder, '--submissions', mount], {
      prefix: [...ownMounts, 'sh', '-c', script, mount],
    });
    expect(code, stderr).toBe(1);
    expect(stderr).toContain(message);
    expect(stdout.split('\n').filter((line) => line !== '')).toEqual([]);
  },
);

test('rebuild gives the same bytes from the record and an empty store', { timeout: 300_000 }, async () => {
  const { code, stdout, stderr } = await podium('rebuild', record, '--store', join(folder, 'fresh'));
  expect(code, stderr + stdout).toBe(0);
  expect(stdout).toContain('The same bytes');
});

/** The stored outputs of a stage instance of the run. */
async function outputsOf(name: string): Promise<Readonly<Record<string, string>>> {
  const { stages } = await readSubmissionRecord(record);
  const key = stages.instances.find((instance) => instance.name === name)!.key;
  const found = await (await openStore(join(folder, '.podium'))).find(key, 'full');
  if (found.status !== 'found') throw new Error(`${name} is ${found.status}`);
  return found.entry.outputs;
}

function contents(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')]),
  );
}
