import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  failure,
  makeSandbox,
  type Sandbox,
  serve,
  sha256,
  startHub,
  startServer,
  weights,
} from './sandbox.ts';

const bytes = weights(300_000);
const other = weights(300_000, 7);
const CUT = { at: 100_000, how: 'cut' } as const;

const restarts = ({ events }: Sandbox): string[] =>
  events.flatMap((event) => (event.type === 'restart' ? [event.reason] : []));

test('an interrupted download resumes where it stopped, with an event', async () => {
  const server = await startServer((request, response, count) =>
    serve(request, response, bytes, count === 0 ? { stop: CUT } : {}),
  );
  const sandbox = makeSandbox();
  const got = await sandbox.fetch({ kind: 'url', url: `${server.origin}/a.safetensors` });
  expect(readFileSync(got.path).equals(bytes)).toBe(true);
  expect(got.sha256).toBe(sha256(bytes));
  expect(server.asked()).toEqual(['/a.safetensors', '/a.safetensors bytes=100000-']);
  expect(server.requests[1]?.headers['if-range']).toBe(`"${sha256(bytes).slice(0, 16)}"`);
  expect(sandbox.events).toContainEqual(
    expect.objectContaining({ type: 'download', bytes: bytes.length, resumedAt: 100_000 }),
  );
  expect(restarts(sandbox)).toEqual([]);
  expect(sandbox.parts()).toEqual([]);
});

test('the next call resumes the download; until it is complete, no file has its name', async () => {
  let cut = true;
  const server = await startServer((request, response) =>
    serve(request, response, bytes, cut ? { stop: CUT } : {}),
  );
  const sandbox = makeSandbox();
  const source = { kind: 'url', url: `${server.origin}/a.safetensors` } as const;
  await failure(sandbox.fetch(source, { limits: { attempts: 1 } }));
  expect(sandbox.files().map((file) => file.split('/').at(-1))).toEqual([
    '.a.safetensors.part',
    '.a.safetensors.part.json',
  ]);
  cut = false;
  expect((await sandbox.fetch(source)).sha256).toBe(sha256(bytes));
  expect(server.asked().at(-1)).toBe('/a.safetensors bytes=100000-');
  expect(sandbox.parts()).toEqual([]);
});

test('a server without Range: the whole file again', async () => {
  const server = await startServer((request, response, count) =>
    serve(request, response, bytes, { ranges: false, ...(count === 0 ? { stop: CUT } : {}) }),
  );
  const sandbox = makeSandbox();
  const got = await sandbox.fetch({ kind: 'url', url: `${server.origin}/a.safetensors` });
  expect(got.sha256).toBe(sha256(bytes));
  expect(restarts(sandbox)).toEqual([expect.stringContaining('the server sends all of it')]);
});

test('a server without ETag and date: the whole file again, without a range request', async () => {
  const server = await startServer((request, response, count) =>
    serve(request, response, bytes, { etag: '', ...(count === 0 ? { stop: CUT } : {}) }),
  );
  const sandbox = makeSandbox();
  expect((await sandbox.fetch({ kind: 'url', url: `${server.origin}/a.safetensors` })).sha256).toBe(
    sha256(bytes),
  );
  expect(server.asked()).toEqual(['/a.safetensors', '/a.safetensors']);
});

test('a date serves where there is no ETag, and a weak ETag does not count', async () => {
  const modified = 'Tue, 03 Mar 2020 10:00:00 GMT';
  const server = await startServer((request, response, count) => {
    const headers = { 'last-modified': modified, etag: 'W/"weak"' };
    serve(request, response, bytes, { etag: modified, headers, ...(count === 0 ? { stop: CUT } : {}) });
  });
  const sandbox = makeSandbox();
  await sandbox.fetch({ kind: 'url', url: `${server.origin}/a.safetensors` });
  expect(server.requests[1]?.headers['if-range']).toBe(modified);
  expect(server.asked()[1]).toBe('/a.safetensors bytes=100000-');
});

test.each([
  ['that knows If-Range', true],
  ['that does not', false],
])('a file that changed in between, on a server %s: no mixture', async (_, ifRange) => {
  const server = await startServer((request, response, count) =>
    serve(request, response, count === 0 ? bytes : other, { ifRange, ...(count === 0 ? { stop: CUT } : {}) }),
  );
  const sandbox = makeSandbox();
  const got = await sandbox.fetch({ kind: 'url', url: `${server.origin}/a.safetensors` });
  expect(readFileSync(got.path).equals(other)).toBe(true);
  expect(got.sha256).toBe(sha256(other));
});

test('a changed file with the same ETag is detected by its checksum, and downloaded again', async () => {
  const etag = '"same"';
  const server = await startServer((request, response, count) =>
    serve(request, response, count === 0 ? other : bytes, { etag, ...(count === 0 ? { stop: CUT } : {}) }),
  );
  const sandbox = makeSandbox();
  const name = `a-${sha256(bytes).slice(0, 10)}.safetensors`;
  const got = await sandbox.fetch({ kind: 'url', url: `${server.origin}/${name}` });
  expect(got.sha256).toBe(sha256(bytes));
  expect(restarts(sandbox)).toEqual(['its checksum is wrong']);
  expect(server.asked()).toEqual([`/${name}`, `/${name} bytes=100000-`, `/${name}`]);
});

test('a changed file on the hub: its redirect is followed without a range', async () => {
  let current = bytes;
  const hub = await startHub(
    {},
    {
      before: (request, response, count) => {
        if (request.url?.endsWith('/model.safetensors') === true) {
          response.writeHead(302, { location: '/cdn', 'x-linked-etag': `"${sha256(current)}"` }).end();
          return true;
        }
        if (request.url !== '/cdn') return false;
        // Ignores If-Range, and gives every file the same ETag.
        serve(request, response, current, {
          etag: '"e"',
          ifRange: false,
          ...(count === 0 ? { stop: CUT } : {}),
        });
        return true;
      },
    },
  );
  const sandbox = makeSandbox({ HF_ENDPOINT: hub.origin });
  const source = { kind: 'hf', repo: 'timm/net', file: 'model.safetensors' } as const;
  await failure(sandbox.fetch(source, { limits: { attempts: 1 } }));
  current = other;
  expect((await sandbox.fetch(source)).sha256).toBe(sha256(other));
  expect(hub.asked().filter((line) => line.startsWith('/cdn'))).toEqual(['/cdn', '/cdn']);
});

test('a range that the server answers with another one is not believed', async () => {
  const server = await startServer((request, response, count) => {
    const headers: Record<string, string> =
      count === 1 ? { 'content-range': `bytes 5-${bytes.length - 1}/${bytes.length}` } : {};
    serve(request, response, bytes, { headers, ...(count === 0 ? { stop: CUT } : {}) });
  });
  const sandbox = makeSandbox();
  expect((await sandbox.fetch({ kind: 'url', url: `${server.origin}/a.safetensors` })).sha256).toBe(
    sha256(bytes),
  );
  expect(server.asked()).toEqual(['/a.safetensors', '/a.safetensors bytes=100000-', '/a.safetensors']);
  expect(sandbox.pauses).toEqual([1000]);
});

test('progress resets the count of failures: a bad connection completes the file', async () => {
  const large = weights(12 << 20);
  const server = await startServer((request, response, count) =>
    serve(request, response, large, { stop: { at: (count + 1) * 1_500_000, how: 'cut' } }),
  );
  const sandbox = makeSandbox();
  const got = await sandbox.fetch(
    { kind: 'url', url: `${server.origin}/a.safetensors` },
    { limits: { attempts: 2 } },
  );
  expect(got.sha256).toBe(sha256(large));
  expect(server.requests.length).toBeGreaterThan(5);
});

test('a part that is whole but for its name is checked and taken; a damaged one is not', async () => {
  const server = await startServer((request, response) =>
    serve(request, response, bytes, request.headers.range === undefined ? { stop: CUT } : {}),
  );
  const sandbox = makeSandbox();
  const name = `a-${sha256(bytes).slice(0, 8)}.safetensors`;
  const source = { kind: 'url', url: `${server.origin}/${name}` } as const;
  await failure(sandbox.fetch(source, { limits: { attempts: 1 } }));
  const part = join(sandbox.cache, sandbox.parts()[0] ?? '');
  // As a process leaves it that is killed between the last byte and the rename.
  writeFileSync(part, bytes);
  expect((await sandbox.fetch(source)).sha256).toBe(sha256(bytes));
  expect(server.requests).toHaveLength(1);

  const second = makeSandbox();
  await failure(second.fetch(source, { limits: { attempts: 1 } }));
  const damaged = join(second.cache, second.parts()[0] ?? '');
  const flipped = readFileSync(damaged);
  flipped[50_000] = (flipped[50_000] ?? 0) ^ 1;
  writeFileSync(damaged, flipped);
  await failure(second.fetch(source, { limits: { attempts: 1 } }));
  expect(restarts(second)).toEqual(['its checksum is wrong']);
});

test('an abort stops the download and keeps its bytes; the next call resumes', async () => {
  let hang = true;
  const server = await startServer((request, response) =>
    serve(request, response, bytes, hang ? { stop: { at: 100_000, how: 'hang' } } : {}),
  );
  const sandbox = makeSandbox();
  const source = { kind: 'url', url: `${server.origin}/a.safetensors` } as const;
  const stop = new AbortController();
  const attempt = sandbox.fetch(source, {
    signal: stop.signal,
    onEvent: ({ type }) => {
      if (type === 'download') setTimeout(() => stop.abort(new Error('enough')), 100);
    },
  });
  await expect(attempt).rejects.toThrow('enough');
  expect(sandbox.files().every((file) => file.includes('/.'))).toBe(true);
  hang = false;
  expect((await sandbox.fetch(source)).sha256).toBe(sha256(bytes));
  expect(server.asked().at(-1)).toBe('/a.safetensors bytes=100000-');
  const aborted = sandbox.fetch(source, { signal: AbortSignal.abort(new Error('at once')) });
  await expect(aborted).rejects.toThrow('at once');
});
