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
import { run } from '../src/program.ts';
import type { Terminal } from '../src/terminal/terminal.ts';
import { podium as podiumProcess } from './kills/podium-process.ts';

/** 60 people x 7 photographs, three heads, and a class that is made up of them: tests build on each other. */
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
  const { code, said } = await podium('run', folder);
  expect(said, said).toContain('submission');
  expect(code, said).toBe(0);
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

test('no person is in two folds, nor are seven photographs of one parted', async () => {
  const { train } = await outputsOf('data');
  const { folds } = await outputsOf('folds');
  const manifest = await readManifest(train!);
  expect(manifest.rows).toHaveLength(7 * PEOPLE);
  const rows = withFolds(manifest.rows, await readFolds(folds!, manifest.rows));
  const foldsOf = new Map<string, Set<number | undefined>>();
  for (const { group, fold } of rows) foldsOf.set(group!, (foldsOf.get(group!) ?? new Set()).add(fold));
  expect(foldsOf.size).toBe(PEOPLE);
  for (const own of foldsOf.values()) expect(own.size).toBe(1);
  expect(new Set(rows.map(({ fold }) => fold))).toEqual(new Set([0, 1]));
});

test('three heads are trained, each scored on people that its network has not seen, and combined into one', async () => {
  const { oof, test: tested } = await outputsOf('member[small-net]');
  const member = await readHeads(oof!);
  expect([...member.keys()].sort()).toEqual(['age', 'gender', 'mask']);
  for (const predictions of member.values()) expect(predictions.ids).toHaveLength(7 * PEOPLE);
  expect([...(await readHeads(tested!)).keys()].sort()).toEqual(['age', 'gender', 'mask']);
  const blended = await readHeads((await outputsOf('blend')).oof!);
  expect([...blended].map(([name, { classes }]) => [name, classes.length])).toEqual([['class', 18]]);
});

test('a second run makes nothing and changes no byte', { timeout: 120_000 }, async () => {
  const before = contents(submissions);
  const { code, said } = await podium('run', folder);
  expect(code, said).toBe(0);
  expect(said).not.toMatch(/^ {2}(data|folds|train|member|blend|score|submission)\b/m);
  expect(contents(submissions)).toEqual(before);
});

test('another learning rate trains anew, and reads no image', { timeout: 120_000 }, async () => {
  const settings = join(folder, 'podium.yaml');
  const text = readFileSync(settings, 'utf8');
  try {
    writeFileSync(settings, text.replace('train: {', 'train: { learningRate: 0.005,'));
    const { code, out, said } = await podium('run', folder, '--plan', '--json');
    expect(code, said).toBe(0);
    const planned = JSON.parse(out) as { instances: { name: string; status: string }[] };
    const status = new Map(planned.instances.map(({ name, status: own }) => [name, own]));
    expect(status.get('train[small-net,seed=1,fold=0]')).toBe('run');
    expect(status.get('submission')).toBe('run');
    for (const name of ['data', 'folds']) expect(status.get(name) ?? 'cached').toBe('cached');
  } finally {
    writeFileSync(settings, text);
  }
});

test('a flipped bit in the store is named, and mended', { timeout: 200_000 }, async () => {
  const before = contents(submissions);
  const { submission } = await outputsOf('submission');
  const path = submission!;
  const bytes = readFileSync(path);
  const { atime, mtime } = statSync(path);
  bytes[bytes.length - 2] = bytes.at(-2)! ^ 1;
  writeFileSync(path, bytes);
  utimesSync(path, atime, mtime);
  const { code, said } = await podium('run', folder);
  expect(code, said).toBe(0);
  expect(said).toContain('submission: its result in the store is damaged');
  expect(contents(submissions)).toEqual(before);
});

test.for([
  ['read-only', 'ro', 'the file system is mounted read-only'],
  ['full', 'size=8k', 'the disk is full'],
])(
  'submissions on a %s disk are refused with a word on it, and nothing is half-written',
  async ([name, options, message], { skip }) => {
    if (ownMounts === undefined) return skip(ALLOWED_SKIPS.disks);
    const place = join(folder, `disk-${name}`);
    mkdirSync(place);
    // The file system is seen by this process alone; it lists what is left before it goes.
    const script = `mount -t tmpfs -o ${options} tmpfs "$0" && "$@"; code=$?; find "$0" -type f; exit $code`;
    const { code, stdout, stderr } = await podiumProcess(['run', folder, '--submissions', place], {
      prefix: [...ownMounts, 'sh', '-c', script, place],
    });
    expect(code, stderr).toBe(1);
    expect(stderr).toContain(message);
    expect(stdout.split('\n').filter((line) => line !== '')).toEqual([]);
  },
);

test('an empty store gives the same bytes again from the record alone', { timeout: 300_000 }, async () => {
  const { code, out, said } = await podium('rebuild', record, '--store', join(folder, 'fresh'));
  expect(code, said + out).toBe(0);
  expect(out).toContain('The same bytes');
});

/** Runs Podium in this process; stages run in their own. */
async function podium(...words: string[]): Promise<{ code: number; out: string; said: string }> {
  const lines = { out: [] as string[], said: [] as string[] };
  const terminal: Terminal = {
    out: (line) => void lines.out.push(line),
    say: (line) => void lines.said.push(line),
    status: () => {},
    isWatched: false,
  };
  const code = await run(words, { terminal, signal: new AbortController().signal });
  return { code, out: lines.out.join('\n'), said: lines.said.join('\n') };
}

/** The outputs of an instance of the run, as the store has them. */
async function outputsOf(name: string): Promise<Readonly<Record<string, string>>> {
  const { stages } = await readSubmissionRecord(record);
  const key = stages.instances.find((instance) => instance.name === name)!.key;
  const found = await (await openStore(join(folder, '.podium'))).find(key, 'full');
  if (found.status !== 'found') throw new Error(`${name} is ${found.status}`);
  return found.entry.outputs;
}

function contents(place: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(place).map((name) => [name, readFileSync(join(place, name), 'latin1')]),
  );
}
