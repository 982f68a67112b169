import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { longWheel, makeSandbox, type Sandbox } from './fake-tensorflow.ts';
import { startIndex, startWorker } from './processes.ts';
import { expectSound, leftovers, loads, setUp } from './set-up.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('two simultaneous installations share one cache, and both work', async () => {
  const sandbox = makeSandbox();
  const [first, second] = await Promise.all([startWorker(sandbox).result, startWorker(sandbox).result]);
  expect([first.library?.source, second.library?.source].sort()).toEqual(['cache', 'wheel']);
  expect(second.library?.bindingPath).toBe(first.library?.bindingPath);
  expect(loads(first)).toBe(loads(second));
  expect(readdirSync(sandbox.cache)).toHaveLength(2);
  expect(readdirSync(join(sandbox.cache, 'addons'))).toHaveLength(1);
  await expectSound(sandbox);
});

test('an installation that waits for another one reports it', async () => {
  const sandbox = withSlowCompiler(makeSandbox());
  const first = startWorker(sandbox);
  await first.event('compiling');
  const second = startWorker(sandbox);
  await second.event('waiting');
  first.process.kill('SIGINT');
  await first.ended;
  // The slow compiler is not started again: the second installation is stopped, too.
  await second.event('compiling');
  second.process.kill('SIGINT');
  await second.ended;
  expect(leftovers(sandbox)).toEqual([]);
});

test('kill -9 during the download: pip ends, too, the lock is taken over, and nothing unfinished is left', async () => {
  const wheel = longWheel();
  const index = await startIndex(wheel, { sha256: sha256(wheel), stop: { after: 0.5, how: 'hang' } });
  const sandbox = makeSandbox();
  const worker = startWorker({ ...sandbox, env: { ...sandbox.env, ...index.env } });
  await worker.event('progress');
  worker.process.kill('SIGKILL');
  await worker.ended;
  // The index sees the connection close: no pip is left behind that would continue downloading.
  await index.dropped;
  expect(leftovers(sandbox)).toContainEqual(expect.stringMatching(/^\.partial-/));
  await expectSound(sandbox);
});

test('kill -9 while compiling: the unpacked wheel is used without a second download', async () => {
  const sandbox = makeSandbox();
  const worker = startWorker(withSlowCompiler(sandbox));
  await worker.event('compiling');
  worker.process.kill('SIGKILL');
  await worker.ended;
  const result = await expectSound({ ...sandbox, env: { ...sandbox.env, PODIUM_OFFLINE: '1' } });
  expect(result.library?.source).toBe('cache');
});

test('an installation that lost its lock stops, and uses the result of the other one', async () => {
  const sandbox = makeSandbox();
  const first = startWorker(withSlowCompiler(sandbox));
  await first.event('compiling');
  // As another process does with a lock that was not refreshed.
  rmSync(join(sandbox.cache, '.lock'), { recursive: true });
  const second = await setUp(sandbox);
  expect(second.library?.source).toBe('cache');
  expect((await first.result).library).toEqual(second.library);
  await expectSound(sandbox);
});

test('an abort signal stops pip, releases the lock and leaves nothing behind', async () => {
  const wheel = longWheel();
  const index = await startIndex(wheel, { sha256: sha256(wheel), stop: { after: 0.5, how: 'hang' } });
  const sandbox = makeSandbox();
  const stop = new AbortController();
  const attempt = setUp(
    { ...sandbox, env: { ...sandbox.env, ...index.env } },
    {
      signal: stop.signal,
      onEvent: ({ type }) => {
        if (type === 'progress') stop.abort(new Error('enough'));
      },
    },
  );
  await expect(attempt).rejects.toThrow('enough');
  await index.dropped;
  expect(readdirSync(sandbox.cache)).toEqual([]);
  await expectSound(sandbox);
});

/** A compiler that prints its version and otherwise waits until it is killed. */
function withSlowCompiler(sandbox: Sandbox): Sandbox {
  const bin = join(sandbox.folder, 'slow');
  mkdirSync(bin);
  const path = join(bin, 'c++');
  writeFileSync(path, '#!/bin/sh\ncase "$1" in --version) echo slow 1.0;; *) exec sleep 20;; esac\n', {
    mode: 0o755,
  });
  return { ...sandbox, env: { ...sandbox.env, CXX: path } };
}
