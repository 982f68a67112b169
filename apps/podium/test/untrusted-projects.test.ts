import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { trustFolder } from '@podium/competition';
import { LEAVES_YAML, writeLeaves } from '@podium/competition/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitCodes } from '../src/exit-codes.ts';
import { PODIUM_ARGS, runPodium as podium } from './run-podium.ts';

/* A project of somebody else on the command line, where nobody answers questions. */

const root = realpathSync(mkdtempSync(join(tmpdir(), 'podium-passed-on-')));
const folder = join(root, 'project');
const canary = join(root, 'canary');
const key = join(root, 'key');
const record = join(folder, 'submissions/leaves/one.run.json');
const path = process.env.PATH;

beforeAll(async () => {
  await writeLeaves(folder);
  writeFileSync(join(folder, 'podium.yaml'), `${LEAVES_YAML}metric: accuracy\nreport: false\nthreads: 1\n`);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const { code, stderr } = await podium('run', folder, '--name', 'one', '--sign', key);
  expect(code, stderr).toBe(exitCodes.ok);
}, 600_000);
afterAll(() => {
  process.env.PATH = path;
  rmSync(root, { recursive: true });
});

test.each(['run', 'run --plan', 'train', 'doctor'])('podium %s runs no code unasked', async (command) => {
  const words = command.split(' ');
  const other = mkdtempSync(join(root, 'code-'));
  await writeLeaves(other);
  writeFileSync(
    join(other, 'podium.config.ts'),
    `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(canary)}, '');\nexport default {};`,
  );
  const { code, stderr } = await podium(...words, other);
  expect([code, existsSync(canary)]).toEqual([exitCodes.failed, false]);
  expect(stderr).toMatch(/podium\.config\.ts \(SHA-256 [0-9a-f]{12}\)\n *fix: .*--trust/);
  // The advice works, and so does a yes that is remembered.
  const trusting = await podium(...words, other, '--trust');
  expect(existsSync(canary)).toBe(true);
  expect(trusting.stderr).not.toContain('--trust');
  await trustFolder(other);
  expect((await podium(...words, other)).stderr).toBe(trusting.stderr);
  rmSync(canary);
});

test('verify names the signer, and says what was changed and what it did not compute', async () => {
  const signers = join(root, 'signers');
  writeFileSync(signers, `ada@example.org ${readFileSync(`${key}.pub`, 'utf8')}`);
  const known = await podium('verify', record, '--signers', signers);
  expect([known.code, known.stderr]).toEqual([exitCodes.ok, '']);
  expect(known.stdout).toMatch(/^Record: {2}signed by ada@example\.org, with the ED25519 SHA256:\S+$/m);
  expect(known.stdout).toMatch(/^CSV: {5}as recorded$/m);
  expect(known.stdout).toMatch(/^Store: {3}\d+ as recorded, 0 missing$/m);
  expect(known.stdout).toMatch(/^Nothing was computed: .*podium rebuild /m);
  const text = readFileSync(record, 'utf8');
  writeFileSync(record, text.replace('"decisions": [', '"decisions":  ['));
  const changed = await podium('verify', record);
  writeFileSync(record, text);
  expect(changed.code).toBe(exitCodes.problems);
  expect(changed.stdout).toMatch(/^Record: {2}CHANGED since it was signed/m);
  const csv = record.replace('.run.json', '.csv');
  const rows = readFileSync(csv);
  writeFileSync(csv, `${rows}99.png,oak\n`);
  const edited = await podium('verify', record, '--json');
  writeFileSync(csv, rows);
  expect([edited.code, JSON.parse(edited.stdout)]).toMatchObject([
    exitCodes.problems,
    { csv: 'changed', recomputed: 0 },
  ]);
});

test('submit prints where it sends what, and sends nothing that nobody confirmed', async () => {
  const called = join(root, 'called.json');
  const script = `#!${process.execPath}
const fs = require('node:fs');
const words = process.argv.slice(2);
const file = words.find((word) => word.startsWith('--file=')).slice(7);
fs.writeFileSync(${JSON.stringify(called)}, JSON.stringify({ words, content: fs.readFileSync(file, 'utf8') }));
process.stdout.write('Successfully submitted');
`;
  writeFileSync(join(root, 'kaggle'), script);
  chmodSync(join(root, 'kaggle'), 0o755);
  process.env.PATH = `${root}${delimiter}${path}`;
  const words = [
    'submit',
    record,
    '--to',
    'kaggle',
    '--competition',
    'autumn-leaves',
    '--accept',
    'one-class',
  ];
  const unconfirmed = await podium(...words);
  expect([unconfirmed.code, existsSync(called)]).toEqual([exitCodes.failed, false]);
  expect(unconfirmed.stderr).toMatch(/the competition "autumn-leaves" at kaggle\n *fix: .*--yes/);
  const sent = await podium(...words, '--yes');
  expect([sent.code, sent.stderr]).toEqual([
    exitCodes.ok,
    expect.stringMatching(
      /one\.csv \(4 rows, SHA-256 [0-9a-f]{12}\) to the competition "autumn-leaves" at kaggle/,
    ),
  ]);
  const { words: given, content } = JSON.parse(readFileSync(called, 'utf8'));
  expect(given).toContain('--competition=autumn-leaves');
  expect(content).toBe(readFileSync(record.replace('.run.json', '.csv'), 'utf8'));
});

test('a rebuild that is stopped leaves no folder', { timeout: 300_000 }, async () => {
  const before = readdirSync(folder);
  const child = spawn(process.execPath, [...PODIUM_ARGS, 'rebuild', record], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const isThere = () => readdirSync(folder).some((name) => name.startsWith('.podium-rebuild-'));
  while (!isThere() && child.exitCode === null) await sleep(20);
  expect(isThere()).toBe(true);
  child.kill('SIGTERM');
  expect((await ended)[0]).toBe(exitCodes.terminated);
  expect(readdirSync(folder)).toEqual(before);
});

test('what a killed rebuild left is removed by the next', { timeout: 300_000 }, async () => {
  const before = readdirSync(folder);
  const child = spawn(process.execPath, [...PODIUM_ARGS, 'rebuild', record], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  while (readdirSync(folder).length === before.length && child.exitCode === null) await sleep(20);
  child.kill('SIGKILL');
  await ended;
  expect(readdirSync(folder).length).toBe(before.length + 1);
  const { code, stdout } = await podium('rebuild', record);
  expect([code, stdout]).toEqual([
    exitCodes.ok,
    expect.stringMatching(/^The same bytes: 4 rows.*\nAll \d+ stages were computed again\.$/),
  ]);
  expect(readdirSync(folder)).toEqual(before);
});
