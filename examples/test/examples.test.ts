import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { writeMaskCompetition } from '@podium/dataset/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

const HERE = resolve(import.meta.dirname, '..');
const MAIN = resolve(HERE, '../apps/podium/src/main.ts');

/** Examples and data lie as in the repository, but without node_modules: what examples import is Podium's to find. */
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'podium-examples-'));
  await writeMaskCompetition(join(root, 'data/masks'), { people: 24, testPeople: 2, width: 24, height: 32 });
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Settings that differ from the example's only in how long they take. */
const SHORTER: readonly (readonly [string, string])[] = [
  ['epochs: 12', 'epochs: 1'],
  ['count: 3', 'count: 2'],
  ["preset: 'fast'", "preset: 'fast', report: false"],
];

interface Result {
  readonly record: string;
  readonly lint: { readonly ok: boolean; readonly rows: number };
}

/** The command line, as users start it. */
async function podium(...words: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@podium/source', '--import', 'tsx', MAIN, ...words, '--json'],
    { cwd: HERE, maxBuffer: 1 << 26 },
  );
  return JSON.parse(stdout);
}

async function copyExample(name: string): Promise<string> {
  const folder = join(root, 'examples', name);
  await cp(join(HERE, name), folder, { recursive: true });
  const config = join(folder, 'podium.config.ts');
  let text = await readFile(config, 'utf8');
  for (const [long, short] of SHORTER) {
    expect(text).toContain(long);
    text = text.replace(long, short);
  }
  await writeFile(config, text.replace(/(?<=imageSize: |size = )48/, '24'));
  return folder;
}

test.each(['own-model', 'own-transform', 'own-stage'])(
  '%s makes a submission that can be rebuilt',
  async (name) => {
    const { lint, record } = (await podium('run', await copyExample(name), '--trust')) as Result;
    expect(lint).toMatchObject({ ok: true, rows: 14 });
    expect(await podium('rebuild', record, '--trust')).toMatchObject({ same: true, stored: 0 });
  },
  600_000,
);

test('run-competition trains and prints its score and submission', async () => {
  const folder = join(root, 'program');
  await cp(join(root, 'data/masks'), join(folder, 'data/masks'), { recursive: true });
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [
      '--conditions=@podium/source',
      '--import',
      import.meta.resolve('tsx'),
      join(HERE, 'run-competition/run-competition.ts'),
    ],
    { cwd: folder },
  );
  expect(stdout).toMatch(/^f1-macro \d\.\d{4} \[\d\.\d{4}, \d\.\d{4}\]\n.*\.csv\n$/);
  expect(stderr.trimEnd().split('\n')).toEqual(['reading-data', 'training', 'reporting']);
}, 600_000);
