import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { FetchedWeights, HubEvent } from '../../src/hub/index.ts';
import { makeSandbox, type Sandbox, serve, sha256, startServer, weights } from './sandbox.ts';

const bytes = weights(3_000_000);

interface Worker {
  readonly process: ChildProcess;
  readonly events: HubEvent[];
  /** Undefined where the process was ended before. */
  readonly result: Promise<FetchedWeights | undefined>;
}

function startWorker(
  sandbox: Sandbox,
  source: string,
  onEvent: (event: HubEvent) => void = () => {},
): Worker {
  const path = fileURLToPath(new URL('./worker.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@podium/source', '--import', 'tsx', path, source], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: sandbox.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const events: HubEvent[] = [];
  let result: FetchedWeights | undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const value = JSON.parse(line) as HubEvent | { result: FetchedWeights };
    if ('result' in value) result = value.result;
    else {
      events.push(value);
      onEvent(value);
    }
  });
  return {
    process: child,
    events,
    result: new Promise((fulfil) => child.on('close', () => fulfil(result))),
  };
}

test('two processes at once: one downloads, both get the file', async () => {
  let answer = (): void => {};
  const bothAsk = new Promise<void>((fulfil) => {
    answer = fulfil;
  });
  const server = await startServer((request, response) => {
    void bothAsk.then(() => serve(request, response, bytes));
  });
  const sandbox = makeSandbox();
  const source = `${server.origin}/a.safetensors`;
  const onEvent = ({ type }: HubEvent): void => {
    if (type === 'waiting') answer();
  };
  const workers = [startWorker(sandbox, source, onEvent), startWorker(sandbox, source, onEvent)];
  const [first, second] = await Promise.all(workers.map(({ result }) => result));
  expect(first?.sha256).toBe(sha256(bytes));
  expect(second).toEqual(first);
  expect(server.requests).toHaveLength(1);
  expect(workers.flatMap(({ events }) => events.filter(({ type }) => type === 'download'))).toHaveLength(1);
});

test('kill -9 in the middle: no file has its name, and the next process resumes', async () => {
  const server = await startServer((request, response, count) =>
    serve(request, response, bytes, count === 0 ? { stop: { at: 2_000_000, how: 'hang' } } : {}),
  );
  const sandbox = makeSandbox();
  const source = `${server.origin}/a.safetensors`;
  const killed = startWorker(sandbox, source, (event) => {
    if (event.type === 'progress') killed.process.kill('SIGKILL');
  });
  expect(await killed.result).toBeUndefined();
  expect(sandbox.files().map((file) => file.split('/').at(-1))).toEqual([
    '.a.safetensors.part',
    '.a.safetensors.part.json',
  ]);
  // Ten seconds later its lock would be taken over; the engine's tests wait for that, these need not.
  rmSync(join(sandbox.cache, sandbox.parts()[0] ?? '', '..', '.lock'), { recursive: true });
  const got = await startWorker(sandbox, source).result;
  expect(got?.sha256).toBe(sha256(bytes));
  expect(server.asked()[1]).toMatch(/^\/a\.safetensors bytes=[12]\d{6}-$/);
  expect(sandbox.parts()).toEqual([]);
});
