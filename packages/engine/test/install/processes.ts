import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { InstallEvent, InstallResult } from '../../src/install/types.ts';
import { FAKE_VERSION, type Sandbox, wheelProject } from './fake-tensorflow.ts';

/** An installation in another process. */
export interface Worker {
  readonly process: ChildProcess;
  /** Resolves at the event; rejects if the process ends first. */
  event(type: InstallEvent['type']): Promise<void>;
  /** Result of the installation. */
  readonly result: Promise<InstallResult>;
  readonly ended: Promise<void>;
}

export function startWorker(sandbox: Sandbox): Worker {
  const path = fileURLToPath(new URL('./worker.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@podium/source', '--import', 'tsx', path], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: sandbox.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const seen: (InstallEvent | { type: 'result'; result: InstallResult })[] = [];
  const wake: (() => void)[] = [];
  let errors = '';
  let over = false;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const value = JSON.parse(line) as InstallEvent | { result: InstallResult };
    seen.push('result' in value ? { type: 'result', ...value } : value);
    for (const call of wake) call();
  });
  const ended = new Promise<void>((fulfil) => {
    child.on('close', () => {
      over = true;
      for (const call of wake) call();
      fulfil();
    });
  });
  const wait = <T>(find: () => T | undefined): Promise<T> =>
    new Promise((fulfil, reject) => {
      const look = (): void => {
        const value = find();
        if (value !== undefined) fulfil(value);
        else if (over) reject(new Error(`the set-up ended: ${errors}`));
      };
      wake.push(look);
      look();
    });
  const result = wait(() => seen.flatMap((item) => (item.type === 'result' ? [item.result] : []))[0]);
  // Not every test uses it.
  result.catch(() => {});
  return {
    process: child,
    event: async (type) => void (await wait(() => seen.find((item) => item.type === type))),
    result,
    ended,
  };
}

/** How the local package index serves its wheel. */
export interface IndexOptions {
  /** SHA-256 that the index states; default: that of the wheel. */
  readonly sha256: string;
  /** Stops sending after this fraction of the wheel: closes the connection, or keeps it open. */
  readonly stop?: { readonly after: number; readonly how: 'cut' | 'hang' };
}

/** A local package index. `env` configures pip for it; `dropped` resolves when a client disconnects early. */
export async function startIndex(
  wheel: Uint8Array,
  options: IndexOptions,
): Promise<{ readonly env: NodeJS.ProcessEnv; readonly dropped: Promise<void> }> {
  const project = wheelProject();
  const file = `${project.replaceAll('-', '_')}-${FAKE_VERSION}-py3-none-any.whl`;
  let onDrop = (): void => {};
  const dropped = new Promise<void>((fulfil) => {
    onDrop = fulfil;
  });
  const server = createServer((request, response) => {
    if (request.url !== `/files/${file}`) {
      response.setHeader('content-type', 'text/html');
      response.end(`<!doctype html><a href="/files/${file}#sha256=${options.sha256}">${file}</a>`);
      return;
    }
    response.on('close', () => {
      if (!response.writableFinished) onDrop();
    });
    response.setHeader('content-type', 'application/octet-stream');
    response.setHeader('content-length', wheel.length);
    if (options.stop === undefined) {
      response.end(wheel);
      return;
    }
    response.write(wheel.slice(0, Math.floor(wheel.length * options.stop.after)), () => {
      if (options.stop?.how === 'cut') response.destroy();
    });
  });
  await new Promise<void>((fulfil) => server.listen(0, '127.0.0.1', fulfil));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    env: { PIP_NO_INDEX: 'false', PIP_FIND_LINKS: '', PIP_INDEX_URL: `http://127.0.0.1:${port}/simple` },
    dropped,
  };
}
