import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CONFIG, failure, makeSandbox, serve, sha256, startHub, startServer, weights } from './sandbox.ts';

const HF = { kind: 'hf', repo: 'timm/net' } as const;
const bytes = weights();

test('a repository: weights, config, checksum and commit; the second time without asking', async () => {
  const commit = 'c'.repeat(40);
  const hub = await startHub({ 'model.safetensors': bytes, 'config.json': CONFIG }, { commit });
  const sandbox = makeSandbox({ HF_ENDPOINT: hub.origin });
  const got = await sandbox.fetch(HF);
  expect(readFileSync(got.path).equals(bytes)).toBe(true);
  expect(got.sha256).toBe(sha256(bytes));
  expect(got.source).toBe(`hf:timm/net@${commit}/model.safetensors`);
  expect(got.config).toMatchObject({
    architecture: 'resnet18',
    pretrained: { inputSize: [3, 224, 224], mean: [0.5, 0.5, 0.5] },
  });
  expect(hub.asked()).toEqual([
    '/timm/net/resolve/main/config.json',
    `/timm/net/resolve/${commit}/model.safetensors`,
  ]);
  expect(sandbox.events.filter(({ type }) => type === 'progress').at(-1)).toEqual({
    type: 'progress',
    file: 'model.safetensors',
    done: bytes.length,
    total: bytes.length,
  });
  expect(await sandbox.fetch(HF)).toEqual(got);
  expect(hub.requests).toHaveLength(2);
  expect(sandbox.files()).toEqual([
    'hf/timm/net/main/config.json',
    'hf/timm/net/main/config.json.podium.json',
    'hf/timm/net/main/model.safetensors',
    'hf/timm/net/main/model.safetensors.podium.json',
  ]);
});

test('an older repository: pytorch_model.bin and no config.json; what is not there is not asked for again', async () => {
  const pickle = Buffer.from([0x80, 0x02, 0x7d, 0x2e]);
  const hub = await startHub({ 'pytorch_model.bin': pickle });
  const sandbox = makeSandbox({ HF_ENDPOINT: hub.origin });
  const got = await sandbox.fetch(HF);
  expect(got.path.endsWith('/pytorch_model.bin')).toBe(true);
  expect(got.config).toBeUndefined();
  expect(hub.requests).toHaveLength(3);
  expect(await sandbox.fetch(HF)).toEqual(got);
  expect(hub.requests).toHaveLength(3);
});

test.each([
  [404, {}, 'weights-not-found', /no such file \(HTTP 404\)[\s\S]*check the names/],
  [404, { 'x-error-code': 'RepoNotFound' }, 'weights-not-found', /no such repository/],
  [401, {}, 'weights-refused', /refuses access \(HTTP 401\)[\s\S]*accept its license[\s\S]*set HF_TOKEN/],
  [403, {}, 'weights-refused', /refuses access \(HTTP 403\)[\s\S]*set HF_TOKEN/],
  [400, {}, 'weights-http', /expected the file, got HTTP 400/],
] as const)('HTTP %i %j is an error with a fix', async (status, headers, code, message) => {
  const server = await startServer((_, response) => response.writeHead(status, headers).end('no'));
  const sandbox = makeSandbox({ HF_ENDPOINT: server.origin });
  const error = await failure(sandbox.fetch(HF));
  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
  expect(sandbox.pauses).toEqual([]);
  expect(sandbox.files()).toEqual([]);
});

test('HTTP 500 twice, then the file', async () => {
  const server = await startServer((request, response, count) =>
    count < 2 ? response.writeHead(500).end() : serve(request, response, bytes),
  );
  const sandbox = makeSandbox();
  await sandbox.fetch({ kind: 'url', url: `${server.origin}/a.safetensors` });
  expect(sandbox.pauses).toEqual([1000, 2000]);
  expect(sandbox.events).toContainEqual(
    expect.objectContaining({ type: 'retry', reason: expect.stringContaining('returns 500'), waitMs: 1000 }),
  );
});

test('HTTP 500 for ever fails, with increasing pauses', async () => {
  const server = await startServer((_, response) => response.writeHead(500).end());
  const sandbox = makeSandbox();
  const error = await failure(sandbox.fetch({ kind: 'url', url: `${server.origin}/a.safetensors` }));
  expect(error.code).toBe('weights-unreachable');
  expect(error.message).toMatch(/download failed after 6 attempts \(127\.0\.0\.1:\d+ returns 500\)/);
  expect(sandbox.pauses).toEqual([1000, 2000, 4000, 8000, 16_000]);
  expect(sandbox.files()).toEqual([]);
});

test('Retry-After is honored, and a server that asks for too long is not waited for', async () => {
  const patient = await startServer((request, response, count) =>
    count === 0 ? response.writeHead(429, { 'retry-after': '7' }).end() : serve(request, response, bytes),
  );
  const sandbox = makeSandbox();
  await sandbox.fetch({ kind: 'url', url: `${patient.origin}/a.safetensors` });
  expect(sandbox.pauses).toEqual([7000]);
  const long = await startServer((_, response) => response.writeHead(503, { 'retry-after': '9999' }).end());
  const error = await failure(sandbox.fetch({ kind: 'url', url: `${long.origin}/a.safetensors` }));
  expect(error.message).toMatch(/after 1 attempt .*asks to wait 9999 s/);
  expect(sandbox.pauses).toEqual([7000]);
});

test('a server that stalls, before or within the file, counts as interrupted', async () => {
  const server = await startServer((request, response, count) => {
    // The first never answers.
    if (count === 0) return;
    serve(request, response, bytes, count === 1 ? { stop: { at: 1000, how: 'hang' } } : {});
  });
  const sandbox = makeSandbox();
  const limits = { idleMs: 150 };
  await sandbox.fetch({ kind: 'url', url: `${server.origin}/a.safetensors` }, { limits });
  expect(server.asked()).toEqual(['/a.safetensors', '/a.safetensors', '/a.safetensors bytes=1000-']);
  expect(sandbox.events.flatMap((event) => (event.type === 'retry' ? [event.reason] : []))).toEqual([
    expect.stringContaining('no data for 0.15 s'),
    expect.stringContaining('no data for 0.15 s'),
  ]);
});

test('nobody listens: the error names the host', async () => {
  const sandbox = makeSandbox();
  const error = await failure(
    sandbox.fetch({ kind: 'url', url: 'http://127.0.0.1:9/a.safetensors' }, { limits: { attempts: 2 } }),
  );
  expect(error.code).toBe('weights-unreachable');
  expect(error.message).toContain('127.0.0.1:9');
});

test.each([
  ['a web page by its type', 'text/html; charset=utf-8', Buffer.from('x'), /got a web page/],
  [
    'a web page by its content',
    'application/octet-stream',
    Buffer.from('\n<!DOCTYPE html><p>'),
    /got a web page/,
  ],
  ['a Git LFS pointer', 'text/plain', Buffer.from('version https://git-lfs.github.com/spec/v1\n'), /pointer/],
  ['a text', 'text/plain', Buffer.from('{"error":"no"}'), /14 bytes that are not a safetensors file/],
  ['nothing', 'application/octet-stream', Buffer.alloc(0), /0 bytes that are not a safetensors file/],
  ['a cut file of the right length', 'application/octet-stream', weights().subarray(0, 40), /40 bytes/],
])('%s instead of the weights is rejected, and not cached', async (_, type, body, message) => {
  const server = await startServer((request, response) =>
    serve(request, response, body, { headers: { 'content-type': type } }),
  );
  const sandbox = makeSandbox();
  const error = await failure(sandbox.fetch({ kind: 'url', url: `${server.origin}/a.safetensors` }));
  expect(error.code).toBe('weights-not-weights');
  expect(error.message).toMatch(message);
  expect(sandbox.files()).toEqual([]);
});

test('a wrong checksum: in the source, in the name, or from the hub', async () => {
  const got = sha256(bytes);
  const wrong = got.replace(/^./, got.startsWith('0') ? '1' : '0');
  const hub = await startHub({ 'model.safetensors': bytes });
  const sandbox = makeSandbox({ HF_ENDPOINT: hub.origin });
  const plain = `${hub.origin}/timm/net/resolve/x/model.safetensors`;
  for (const source of [
    { ...HF, sha256: wrong },
    { kind: 'url', url: plain, sha256Prefix: wrong },
  ] as const) {
    const error = await failure(sandbox.fetch(source));
    expect(error.code).toBe('weights-checksum');
    expect(error.message).toContain(`expected SHA-256 ${wrong}, got ${got}`);
  }
  const named = await startServer((request, response) => serve(request, response, bytes));
  const url = `${named.origin}/resnet18-${wrong.slice(0, 8)}.safetensors`;
  expect((await failure(sandbox.fetch({ kind: 'url', url }))).code).toBe('weights-checksum');
  // The digits are not a checksum: the caller has to state it.
  await sandbox.fetch({ kind: 'url', url, sha256Prefix: false });
  const lying = await startServer((request, response) =>
    request.url?.endsWith('config.json')
      ? response.writeHead(404).end()
      : serve(request, response, bytes, { headers: { 'x-linked-etag': `"${wrong}"` } }),
  );
  const other = makeSandbox({ HF_ENDPOINT: lying.origin });
  expect((await failure(other.fetch(HF))).code).toBe('weights-checksum');
  expect(other.files()).toEqual([]);
});

test('a Content-Length above the truth is a cut file, one below it gives a file that does not fit its checksum', async () => {
  const long = await startServer((request, response) =>
    serve(request, response, bytes, {
      headers: { 'content-length': String(bytes.length + 10) },
      ranges: false,
    }),
  );
  const sandbox = makeSandbox();
  const limits = { attempts: 2, idleMs: 200 };
  const tooLong = await failure(
    sandbox.fetch({ kind: 'url', url: `${long.origin}/a.safetensors` }, { limits }),
  );
  expect(tooLong.code).toBe('weights-unreachable');
  const short = await startServer((request, response) => {
    const head = `HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length - 10}\r\nConnection: close\r\n\r\n`;
    request.socket.end(Buffer.concat([Buffer.from(head), bytes]));
    response.detachSocket(request.socket);
  });
  const name = `a-${sha256(bytes).slice(0, 8)}.safetensors`;
  const tooShort = await failure(sandbox.fetch({ kind: 'url', url: `${short.origin}/${name}` }, { limits }));
  expect(['weights-checksum', 'weights-unreachable']).toContain(tooShort.code);
  expect(sandbox.files().filter((file) => file.endsWith('.safetensors'))).toEqual([]);
});

test('a file above the limit is not downloaded, whether its length is stated or not', async () => {
  const server = await startServer((request, response) => {
    if (request.url === '/stated.safetensors') serve(request, response, bytes);
    else response.writeHead(200).end(bytes);
  });
  const sandbox = makeSandbox();
  for (const name of ['stated', 'chunked']) {
    const url = `${server.origin}/${name}.safetensors`;
    const error = await failure(sandbox.fetch({ kind: 'url', url }, { limits: { bytes: 1000 } }));
    expect(error.code).toBe('weights-too-large');
  }
  expect(sandbox.files().filter((file) => file.endsWith('.safetensors'))).toEqual([]);
});

test('a damaged config.json is an error that names the key, and is not kept', async () => {
  const hub = await startHub({
    'model.safetensors': bytes,
    'config.json': '{"architecture": "resnet18", "pretrained_cfg": {"mean": "gray"}}',
  });
  const sandbox = makeSandbox({ HF_ENDPOINT: hub.origin });
  const error = await failure(sandbox.fetch(HF));
  expect(error.code).toBe('weights-config');
  expect(error.message).toContain('config.json pretrained_cfg.mean: expected a list of numbers, got "gray"');
  expect(sandbox.files()).toEqual([]);
});
