import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { PODIUM_ARGS, spawnPodium } from '../test/run-podium.ts';
import { exitCodes } from './exit-codes.ts';

const cwd = fileURLToPath(new URL('..', import.meta.url));

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'podium-app-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs Podium in its own process, with an empty cache and without downloads. */
function podium(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const folder = temporaryFolder();
  const result = spawnPodium(args, {
    cwd,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      PODIUM_CACHE: join(folder, 'cache'),
      PODIUM_OFFLINE: '1',
      PODIUM_PYTHON: '/nowhere/python3',
      ...env,
    },
  });
  return { ...result, folder };
}

test('the error about an unknown command or option suggests the nearest one', () => {
  const command = podium(['stup']);
  expect(command.status).toBe(exitCodes.usage);
  expect(command.stderr).toContain("unknown command 'stup'\n(Did you mean setup?)");
  const option = podium(['setup', '--chek']);
  expect(option.status).toBe(exitCodes.usage);
  expect(option.stderr).toContain('(Did you mean --check?)');
});

test('help is printed to standard output, with examples and exit codes', () => {
  for (const args of [
    ['setup', '--help'],
    ['doctor', 'engine', '--help'],
  ]) {
    const { status, stdout, stderr } = podium(args);
    expect([status, stderr]).toEqual([exitCodes.ok, '']);
    expect(stdout).toContain('\nExit codes:\n');
    expect(stdout).toContain('\nExamples:\n');
  }
});

test('setup without TensorFlow prints the attempts, and that WebAssembly is used instead', () => {
  const { status, stdout } = podium(['setup']);
  expect(status).toBe(exitCodes.ok);
  expect(stdout).toContain('TensorFlow could not be installed:\n');
  expect(stdout).toContain('  - wheel from pip: skipped, PODIUM_OFFLINE forbids downloads\n');
  expect(stdout).toContain('Podium uses WebAssembly instead, several times slower.');
  expect(podium(['setup', '--gpu']).status).toBe(exitCodes.problems);
});

test('setup --json prints one object', () => {
  const { status, stdout } = podium(['setup', '--json']);
  expect(status).toBe(exitCodes.ok);
  const { attempts } = JSON.parse(stdout) as { attempts: { source: string }[] };
  expect(attempts.map(({ source }) => source)).toEqual(['folder', 'cache', 'python', 'wheel', 'upstream']);
});

test('the error about an invalid environment variable has a fix and no stack trace', () => {
  const { status, stdout, stderr } = podium(['setup'], { PODIUM_OFFLINE: 'maybe' });
  expect([status, stdout]).toEqual([exitCodes.failed, '']);
  expect(stderr).toBe(
    'podium: PODIUM_OFFLINE: expected 0|1, got "maybe"\n  fix: set PODIUM_OFFLINE=1 to forbid downloads, or unset it\n',
  );
});

test('the error about an unwritable cache names the folder and the variable to set', () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  const { status, stderr } = podium(['setup'], { PODIUM_CACHE: file });
  expect(status).toBe(exitCodes.failed);
  expect(stderr).toContain(`${file}/tensorflow-1: TensorFlow cannot be stored`);
  expect(stderr).toContain('set PODIUM_CACHE to a folder that is');
  expect(stderr).not.toContain('    at ');
});

test.each([
  ['setup', '--check'],
  ['doctor', 'engine'],
])('%s %s examines the engine, and its exit code says whether there are problems', (...args) => {
  const { status, stdout } = podium(args);
  expect(status).toBe(exitCodes.problems);
  expect(stdout).toMatch(/^Backend {4}WebAssembly/);
  expect(stdout).toContain('/nowhere/python3 is not installed');
  expect(stdout).toContain('PODIUM_OFFLINE forbids downloads');
});

test('doctor engine --json prints the report as JSON and writes nothing', () => {
  const { stdout, folder } = podium(['doctor', 'engine', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    backend: 'wasm',
    devices: ['CPU'],
    cache: { folder: join(folder, 'cache', 'tensorflow-1'), bytes: 0, entries: [] },
    precision: { chosen: 'float32' },
  });
  expect(readdirSync(folder)).toEqual([]);
});

test('a closed pipe ends the program without an error', async () => {
  const child = spawn(process.execPath, [...PODIUM_ARGS, 'setup', '--help'], {
    env: { PATH: process.env.PATH },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
  });
  const [status] = (await once(child, 'close')) as [number];
  expect([status, stderr]).toEqual([exitCodes.closedPipe, '']);
});

test.skipIf(!existsSync('/dev/full'))('a full device under the output is told, and is a failure', () => {
  const full = openSync('/dev/full', 'w');
  onTestFinished(() => closeSync(full));
  const start = (stdout: number | 'pipe', stderr: number | 'pipe') =>
    spawnSync(process.execPath, [...PODIUM_ARGS, 'setup', '--help'], {
      env: { PATH: process.env.PATH },
      cwd,
      stdio: ['ignore', stdout, stderr],
      encoding: 'utf8',
    });
  const { status, stderr } = start(full, 'pipe');
  expect([status, stderr]).toEqual([
    exitCodes.failed,
    'podium: standard output: no space left on the device; the output is incomplete\n',
  ]);
  expect(start(full, full).status).toBe(exitCodes.failed);
});

test.each([
  ['SIGINT', exitCodes.interrupted],
  ['SIGTERM', exitCodes.terminated],
] as const)('%s ends setup with exit code %i and releases its lock', async (signal, code) => {
  const folder = temporaryFolder();
  const python = join(folder, 'python3');
  writeFileSync(python, '#!/bin/sh\ntouch "$HOME/started"\nexec sleep 60\n', { mode: 0o755 });
  const child = spawn(process.execPath, [...PODIUM_ARGS, 'setup'], {
    env: { PATH: process.env.PATH, HOME: folder, PODIUM_CACHE: join(folder, 'cache'), PODIUM_PYTHON: python },
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
  });
  while (!existsSync(join(folder, 'started'))) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill(signal);
  const [status] = (await once(child, 'close')) as [number];
  expect([status, stderr]).toEqual([code, 'podium: stopped; no partial files are left\n']);
  expect(readdirSync(join(folder, 'cache', 'tensorflow-1'))).toEqual([]);
});
