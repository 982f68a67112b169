import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { exitCodes } from './exit-codes.ts';

const command = [
  '--conditions=@podium/source',
  '--import',
  'tsx',
  fileURLToPath(new URL('./main.ts', import.meta.url)),
];

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'podium-app-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs the real command line, in a process of its own, with an empty cache and no downloads. */
function podium(words: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const folder = temporaryFolder();
  const { status, stdout, stderr } = spawnSync(process.execPath, [...command, ...words], {
    encoding: 'utf8',
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      PODIUM_CACHE: join(folder, 'cache'),
      PODIUM_OFFLINE: '1',
      PODIUM_PYTHON: '/nowhere/python3',
      ...env,
    },
  });
  return { status, stdout, stderr, folder };
}

test('a mistyped command or option is answered with the nearest one', () => {
  const command = podium(['stup']);
  expect(command.status).toBe(exitCodes.usage);
  expect(command.stderr).toContain("unknown command 'stup'\n(Did you mean setup?)");
  const option = podium(['setup', '--chek']);
  expect(option.status).toBe(exitCodes.usage);
  expect(option.stderr).toContain('(Did you mean --check?)');
});

test('help goes to standard output, with examples and exit codes for every command', () => {
  for (const words of [
    ['setup', '--help'],
    ['doctor', 'engine', '--help'],
  ]) {
    const { status, stdout, stderr } = podium(words);
    expect([status, stderr]).toEqual([exitCodes.ok, '']);
    expect(stdout).toContain('\nExit codes:\n');
    expect(stdout).toContain('\nExamples:\n');
  }
});

test('setup without TensorFlow says what was tried, and that WebAssembly stands in', () => {
  const { status, stdout } = podium(['setup']);
  expect(status).toBe(exitCodes.ok);
  expect(stdout).toContain('TensorFlow could not be had:\n');
  expect(stdout).toContain('  - wheel from pip: skipped, PODIUM_OFFLINE forbids downloads\n');
  expect(stdout).toContain('Podium computes with WebAssembly instead');
  expect(podium(['setup', '--gpu']).status).toBe(exitCodes.problems);
});

test('setup --json prints one object', () => {
  const { status, stdout } = podium(['setup', '--json']);
  expect(status).toBe(exitCodes.ok);
  const { attempts } = JSON.parse(stdout) as { attempts: { source: string }[] };
  expect(attempts.map(({ source }) => source)).toEqual(['folder', 'cache', 'python', 'wheel', 'upstream']);
});

test('an unusable setting is an error without a stack trace, with its cure', () => {
  const { status, stdout, stderr } = podium(['setup'], { PODIUM_OFFLINE: 'maybe' });
  expect([status, stdout]).toEqual([exitCodes.failed, '']);
  expect(stderr).toBe(
    'podium: PODIUM_OFFLINE: expected 0|1, got "maybe"\n  fix: set PODIUM_OFFLINE=1 to forbid downloads, or unset it\n',
  );
});

test('a cache that cannot be written to is named, and the variable to set', () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  const { status, stderr } = podium(['setup'], { PODIUM_CACHE: file });
  expect(status).toBe(exitCodes.failed);
  expect(stderr).toContain(`${file}/tensorflow-1: TensorFlow cannot be kept`);
  expect(stderr).toContain('set PODIUM_CACHE to a folder that is');
  expect(stderr).not.toContain('    at ');
});

test.each([
  ['setup', '--check'],
  ['doctor', 'engine'],
])('%s %s examines the engine and tells by its exit code', (...words) => {
  const { status, stdout } = podium(words);
  expect(status).toBe(exitCodes.problems);
  expect(stdout).toMatch(/^Backend {4}WebAssembly/);
  expect(stdout).toContain('/nowhere/python3 is not installed');
  expect(stdout).toContain('PODIUM_OFFLINE forbids downloads');
});

test('doctor engine --json is what programs read', () => {
  const { stdout, folder } = podium(['doctor', 'engine', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    backend: 'wasm',
    devices: ['CPU'],
    cache: { folder: join(folder, 'cache', 'tensorflow-1'), bytes: 0, entries: [] },
    precision: { chosen: 'float32' },
  });
  expect(readdirSync(folder)).toEqual([]);
});

test('a reader that stops reading ends the program without a word', async () => {
  const child = spawn(process.execPath, [...command, 'setup', '--help'], {
    env: { PATH: process.env.PATH },
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
  });
  const [status] = (await once(child, 'close')) as [number];
  expect([status, stderr]).toEqual([exitCodes.ok, '']);
});

test('Ctrl-C ends a set-up with the exit code that shells expect, and frees its lock', async () => {
  const folder = temporaryFolder();
  const python = join(folder, 'python3');
  writeFileSync(python, '#!/bin/sh\ntouch "$HOME/started"\nexec sleep 60\n', { mode: 0o755 });
  const child = spawn(process.execPath, [...command, 'setup'], {
    env: { PATH: process.env.PATH, HOME: folder, PODIUM_CACHE: join(folder, 'cache'), PODIUM_PYTHON: python },
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
  });
  while (!existsSync(join(folder, 'started'))) await new Promise((fulfil) => setTimeout(fulfil, 20));
  child.kill('SIGINT');
  const [status] = (await once(child, 'close')) as [number];
  expect([status, stderr]).toEqual([exitCodes.interrupted, 'podium: stopped; nothing half-made is left\n']);
  expect(readdirSync(join(folder, 'cache', 'tensorflow-1'))).toEqual([]);
});
