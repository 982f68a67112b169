import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LEAVES_YAML, writeLeaves } from '@podium/competition/testing';
import { openStore } from '@podium/pipeline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitCodes } from './exit-codes.ts';
import { run } from './program.ts';

const folder = mkdtempSync(join(tmpdir(), 'podium-commands-'));
beforeAll(async () => {
  await writeLeaves(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a command line in this process. */
async function podium(...words: string[]) {
  const [out, said]: [string[], string[]] = [[], []];
  const terminal = {
    out: (line: string) => void out.push(line),
    say: (line: string) => void said.push(line),
    status: () => {},
    isWatched: false,
  };
  const code = await run(words, { terminal, signal: new AbortController().signal });
  return { code, out: out.join('\n'), said: said.join('\n') };
}

/** The real thing, in a process of its own, in the temporary folder. */
function spawned(...words: string[]) {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const parameters = ['--conditions=@podium/source', '--import', import.meta.resolve('tsx'), main, ...words];
  const { status, stdout, stderr } = spawnSync(process.execPath, parameters, {
    encoding: 'utf8',
    cwd: folder,
  });
  return { status, stdout, stderr };
}

const COMMANDS = [
  ['init'],
  ['train'],
  ['predict'],
  ['ensemble'],
  ['submit'],
  ['score'],
  ['runs', 'list'],
  ['runs', 'show'],
  ['runs', 'compare'],
  ['cache', 'list'],
  ['cache', 'verify'],
  ['cache', 'clean'],
  ['completion'],
];

test.each(COMMANDS)('%s %s has help with examples and exit codes', async (...words) => {
  const { code, out } = await podium(...words, '--help');
  expect(code).toBe(exitCodes.ok);
  expect(out).toContain('\nExit codes:\n');
  expect(out).toContain('\nExamples:\n');
});

test.each<[words: string[], says: RegExp]>([
  [['train', '/nowhere'], /no such file/],
  [['predict', 'nobody', '/nowhere', '--out', '/nowhere/p.csv'], /no run of this name/],
  [['ensemble'], /which runs\?.*podium runs list/s],
  [['ensemble', 'nobody'], /no run of this name/],
  [['submit', '/nowhere/a.csv'], /no record beside this CSV: a.run.json/],
  [['score', 'nobody', '--public', '0.5'], /no run of this name/],
  [['score', 'nobody'], /nothing to enter/],
  [['runs', 'list', '--submissions', '/nowhere'], /there are no runs here/],
  [['runs', 'show', '/nowhere/x.run.json'], /no such file/],
  [['cache', 'list', '--store', '/nowhere'], /there is no store here/],
  [['cache', 'clean'], /what should go\?/],
  [['init', '/nowhere', '--yes', '--out', '/nowhere/podium.yaml'], /\/nowhere/],
])('podium %s fails with a cure', async (words, says) => {
  const { code, said } = await podium(...words);
  expect(code).toBe(exitCodes.failed);
  expect(said).toMatch(says);
  expect(said).not.toMatch(/\n {4}at /);
});

test.each([
  ['cache', 'clean', '--max-size', 'much'],
  ['cache', 'clean', '--max-age', '3'],
  ['score', 'a', '--public', '0,5'],
  ['predict', 'a', 'b'],
])('%s %s %s %s is not understood', async (...words) => {
  expect((await podium(...words)).code).toBe(exitCodes.usage);
});

test('ensemble --methods lists what there is', async () => {
  const { out } = await podium('ensemble', '--methods');
  expect(out).toMatch(/^selection +fitted /m);
  expect(out).toMatch(/^mean +no fit /m);
  const { out: json } = await podium('ensemble', '--methods', '--json');
  expect(JSON.parse(json)).toContainEqual(expect.objectContaining({ name: 'stacking', fits: true }));
});

test('an empty store is listed, verified and cleaned', async () => {
  const store = join(folder, 'store');
  await openStore(store);
  expect((await podium('cache', 'list', '--store', store)).out).toContain('0 results, 0 B');
  expect((await podium('cache', 'verify', '--store', store)).code).toBe(exitCodes.ok);
  const { out } = await podium('cache', 'clean', '--all', '--store', store, '--json');
  expect(JSON.parse(out)).toMatchObject({ removed: [], freedBytes: 0 });
  const pin = await podium('cache', 'clean', '--all', '--unpin', 'masks/one', '--store', store);
  expect(pin.said).toContain('nothing is pinned by this name');
});

test('init writes settings that run takes as they are; a mistake in them is named with its line', {
  timeout: 120_000,
}, () => {
  const { status, stdout, stderr } = spawned('init', 'data', '--yes', '--no-inspect');
  expect([status, stderr]).toEqual([exitCodes.ok, expect.stringContaining('assumed: ')]);
  expect(stdout).toBe('podium.yaml is written. Look it through, then: podium run\n');
  expect(spawned('init', 'data', '--yes').stderr).toContain('there are settings already');
  writeFileSync(join(folder, 'wrong.yaml'), `${LEAVES_YAML}metrik: accuracy\n`);
  const wrong = spawned('run', 'wrong.yaml');
  expect(wrong.status).toBe(exitCodes.failed);
  expect(wrong.stderr).toMatch(/^podium: .*wrong.yaml:5 metrik: unknown key: .*did you mean "metric"/);
  expect(wrong.stderr).not.toContain('    at ');
  expect(existsSync(join(folder, '.podium'))).toBe(false);
});

test('a script for the shell is printed, and completes commands', () => {
  expect(spawned('completion', 'bash').stdout).toContain('podium');
  const { stdout } = spawned('complete', '--', 'runs', '');
  expect(stdout).toMatch(/^compare\t/m);
});
