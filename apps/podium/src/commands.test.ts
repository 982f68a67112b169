import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LEAVES_YAML, writeLeaves } from '@podium/competition/testing';
import { openStore } from '@podium/pipeline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runPodium, spawnPodium } from '../test/run-podium.ts';
import { exitCodes } from './exit-codes.ts';

const folder = mkdtempSync(join(tmpdir(), 'podium-commands-'));
beforeAll(async () => {
  await writeLeaves(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const spawnInFolder = (...args: string[]) => spawnPodium(args, { cwd: folder });

const COMMANDS = [
  ['setup'],
  ['demo', 'food'],
  ['demo', 'shapes'],
  ['init'],
  ['inspect'],
  ['run'],
  ['train'],
  ['worker'],
  ['predict'],
  ['ensemble'],
  ['report'],
  ['rebuild'],
  ['augment', 'preview'],
  ['models', 'list'],
  ['models', 'show'],
  ['list'],
  ['submit'],
  ['score'],
  ['runs', 'list'],
  ['runs', 'show'],
  ['runs', 'compare'],
  ['cache', 'list'],
  ['cache', 'verify'],
  ['cache', 'clean'],
  ['doctor'],
  ['doctor', 'engine'],
  ['completion'],
];

test.each(COMMANDS.map((command) => [command.join(' '), command] as const))(
  'the help of %s has examples and exit codes',
  async (_, args) => {
    const { code, stdout } = await runPodium(...args, '--help');
    expect(code).toBe(exitCodes.ok);
    expect(stdout).toMatch(/\n\nExit codes:\n {2}0 {2,}\w/);
    expect(stdout).toMatch(/\n\nExamples:\n {2}(PODIUM_\w+=\S+ )?podium /);
  },
);

// The first one loads all packages.
test.each<[args: string[], message: RegExp]>([
  [['train', '/nowhere'], /no such file/],
  [['predict', 'unknown', '/nowhere', '--out', '/nowhere/p.csv'], /no run of this name/],
  [['ensemble'], /no runs are named.*podium runs list/s],
  [['ensemble', 'unknown'], /no run of this name/],
  [['submit', '/nowhere/a.csv'], /no record beside this CSV: a.run.json/],
  [['score', 'unknown', '--public', '0.5'], /no run of this name/],
  [['score', 'unknown'], /no score is given/],
  [['runs', 'list', '--submissions', '/nowhere'], /there are no runs here/],
  [['runs', 'show', '/nowhere/x.run.json'], /no such file/],
  [['cache', 'list', '--store', '/nowhere'], /there is no store here/],
  [['cache', 'clean'], /no limit is given/],
  [['init', '/nowhere', '--yes', '--out', '/nowhere/podium.yaml'], /\/nowhere/],
])('podium %s fails with an error and no stack trace', { timeout: 120_000 }, async (args, message) => {
  const { code, stderr } = await runPodium(...args);
  expect(code).toBe(exitCodes.failed);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/\n {4}at /);
});

test.each([
  ['cache', 'clean', '--max-size', 'much'],
  ['cache', 'clean', '--max-age', '3'],
  ['score', 'a', '--public', '0,5'],
  ['predict', 'a', 'b'],
])('%s %s %s %s is a usage error', async (...args) => {
  expect((await runPodium(...args)).code).toBe(exitCodes.usage);
});

test('ensemble --methods lists the methods', async () => {
  const { stdout } = await runPodium('ensemble', '--methods');
  expect(stdout).toMatch(/^selection +fitted /m);
  expect(stdout).toMatch(/^mean +no fit /m);
  const { stdout: json } = await runPodium('ensemble', '--methods', '--json');
  expect(JSON.parse(json)).toContainEqual(expect.objectContaining({ name: 'stacking', fits: true }));
});

test('an empty store can be listed, verified and cleaned', async () => {
  const store = join(folder, 'store');
  await openStore(store);
  expect((await runPodium('cache', 'list', '--store', store)).stdout).toContain('0 results, 0 bytes');
  expect((await runPodium('cache', 'verify', '--store', store)).code).toBe(exitCodes.ok);
  const { stdout } = await runPodium('cache', 'clean', '--all', '--store', store, '--json');
  expect(JSON.parse(stdout)).toMatchObject({ removed: [], freedBytes: 0 });
  const unpin = await runPodium('cache', 'clean', '--all', '--unpin', 'masks/one', '--store', store);
  expect(unpin.stderr).toContain('unknown pin');
});

test('init writes settings that run accepts; an error in settings names its line', {
  timeout: 120_000,
}, () => {
  const { status, stdout, stderr } = spawnInFolder('init', 'data', '--yes', '--no-inspect');
  expect([status, stderr]).toEqual([exitCodes.ok, expect.stringContaining('assumed: ')]);
  expect(stdout).toBe('Wrote podium.yaml. Review it, then run: podium run\n');
  expect(spawnInFolder('init', 'data', '--yes').stderr).toContain('this file already exists');
  writeFileSync(join(folder, 'wrong.yaml'), `${LEAVES_YAML}metrik: accuracy\n`);
  const wrong = spawnInFolder('run', 'wrong.yaml');
  expect(wrong.status).toBe(exitCodes.failed);
  expect(wrong.stderr).toMatch(/^podium: .*wrong.yaml:5 metrik: unknown key: .*did you mean "metric"/);
  expect(wrong.stderr).not.toContain('    at ');
  expect(existsSync(join(folder, '.podium'))).toBe(false);
});

test('completion prints a shell script, and commands are completed', () => {
  expect(spawnInFolder('completion', 'bash').stdout).toContain('podium');
  const { stdout } = spawnInFolder('complete', '--', 'runs', '');
  expect(stdout).toMatch(/^compare\t/m);
});
