/*
 * A real S3-compatible server: moto of PyPI, in a virtual environment that the first test makes (about 15 s, once per
 * machine). It checks hashes and conditions of writes, and keeps everything in memory.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openArtifacts } from '../src/index.ts';

const VERSION = '5.2.5';
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'podium-tests');

export interface S3Server {
  /** What `openArtifacts` takes. */
  readonly env: NodeJS.ProcessEnv;
  readonly process: ChildProcess;
  stop(): void;
}

/** Installs moto if this machine has none, and starts it. */
export async function startS3(): Promise<S3Server> {
  const python = installedPython();
  const port = await freePort();
  const child = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
    env: { ...process.env, NO_PROXY: '127.0.0.1' },
  });
  const endpoint = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    const answer = await fetch(`${endpoint}/moto-api/data.json`).catch(() => undefined);
    if (answer?.ok) break;
    if (tries === 1200 || child.exitCode !== null) throw new Error('the S3 server did not start');
    await sleep(50);
  }
  const created = await fetch(`${endpoint}/bucket`, { method: 'PUT' });
  if (!created.ok) throw new Error(`no bucket: ${await created.text()}`);
  const env = {
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_S3: endpoint,
  };
  return { env, process: child, stop: () => void child.kill('SIGKILL') };
}

function installedPython(): string {
  const folder = join(CACHE, `moto-${VERSION}`);
  const python = join(folder, 'bin/python');
  if (existsSync(python)) return python;
  mkdirSync(CACHE, { recursive: true });
  // Scripts in a virtual environment name its path, but Python itself finds it wherever it is moved.
  const temporary = `${folder}.${process.pid}`;
  try {
    run('python3', ['-m', 'venv', temporary]);
    run(join(temporary, 'bin/python'), ['-m', 'pip', 'install', '--quiet', `moto[server]==${VERSION}`]);
    if (!existsSync(python)) renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return python;
}

function run(command: string, parameters: readonly string[]): void {
  const { status, error, stderr } = spawnSync(command, parameters, { encoding: 'utf8' });
  if (status === 0) return;
  throw new Error(
    `the tests of S3 need Python 3 with venv, to install moto: ${command} failed: ${error?.message ?? stderr}`,
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

export function openBucket({ env }: S3Server, prefix: string): ReturnType<typeof openArtifacts> {
  return openArtifacts(`s3://bucket/${prefix}`, env);
}
