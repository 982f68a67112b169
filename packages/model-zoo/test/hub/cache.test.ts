import { mkdirSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mountDisk, withDisks } from '@podium/test-kit/disks';
import { expect, test, vi } from 'vitest';
import {
  CONFIG,
  failure,
  makeSandbox,
  serve,
  sha256,
  startHub,
  startServer,
  temporaryFolder,
  weights,
} from './sandbox.ts';

const HF = { kind: 'hf', repo: 'timm/net' } as const;
const bytes = weights();
const REPO = { 'model.safetensors': bytes, 'config.json': CONFIG };

test.each(['PODIUM_OFFLINE', 'HF_HUB_OFFLINE'])('%s=1 names the missing file', async (name) => {
  const hub = await startHub(REPO);
  const sandbox = makeSandbox({ HF_ENDPOINT: hub.origin, [name]: '1' });
  const error = await failure(sandbox.fetch(HF));
  expect(error.code).toBe('weights-offline');
  expect(error.message).toContain(join(sandbox.cache, 'hf/timm/net/main/model.safetensors'));
  expect(error.message).toContain(`${name} forbids it`);
  expect(hub.requests).toEqual([]);
  expect(sandbox.files()).toEqual([]);
});

test('what is in the cache needs no network', async () => {
  const hub = await startHub(REPO);
  const sandbox = makeSandbox({ HF_ENDPOINT: hub.origin });
  const got = await sandbox.fetch(HF);
  expect(await sandbox.fetch(HF, { offline: true })).toEqual(got);
  expect(hub.requests).toHaveLength(2);
});

test('a file put where it is expected is taken, if it is one of weights; what is wrong with another one is said', async () => {
  const sandbox = makeSandbox({ PODIUM_OFFLINE: '1' });
  const path = join(sandbox.cache, 'hf/timm/net/main/model.safetensors');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  const got = await sandbox.fetch(HF);
  expect(got).toEqual({ path, source: path, sha256: sha256(bytes) });
  writeFileSync(path, '<html>');
  rmSync(`${path}.podium.json`);
  const error = await failure(sandbox.fetch(HF));
  expect(error.code).toBe('weights-offline');
  expect(error.message).toMatch(/which is damaged \(.*got a web page/s);
});

test.each([
  ['a bit is flipped', (path: string) => flip(path)],
  ['a bit is flipped behind its back, the time set back', (path: string) => flipInSecret(path)],
  ['it is cut', (path: string) => truncateSync(path, 100)],
  ['it is gone', (path: string) => rmSync(path)],
  ['its record is damaged', (path: string) => writeFileSync(`${path}.podium.json`, '{')],
])('%s: found on the next use, and fetched again', async (_, damage) => {
  const hub = await startHub(REPO);
  const sandbox = makeSandbox({ HF_ENDPOINT: hub.origin });
  const { path } = await sandbox.fetch(HF);
  const config = join(dirname(path), 'config.json');
  for (const file of [path, config]) damage(file);
  // As in another process: this one has hashed the file.
  vi.resetModules();
  const { fetchWeights } = await import('../../src/hub/index.ts');
  const offline = await failure(fetchWeights(HF, { env: sandbox.env, offline: true }));
  expect(offline).toMatchObject({ code: 'weights-offline' });
  const got = await fetchWeights(HF, { env: sandbox.env });
  expect(readFileSync(got.path).equals(bytes)).toBe(true);
  expect(readFileSync(config, 'utf8')).toBe(CONFIG);
  expect(hub.requests).toHaveLength(4);
});

test('two calls of one process at once download once', async () => {
  const server = await startServer((request, response) => serve(request, response, bytes));
  const sandbox = makeSandbox();
  const source = { kind: 'url', url: `${server.origin}/a.safetensors` } as const;
  const [first, second] = await Promise.all([sandbox.fetch(source), sandbox.fetch(source)]);
  expect(second).toEqual(first);
  expect(server.requests).toHaveLength(1);
});

test('a damaged file stays until there is a better one: a failed repair makes nothing worse', async () => {
  let broken = false;
  const server = await startServer((request, response) =>
    broken ? response.writeHead(404).end() : serve(request, response, bytes),
  );
  const sandbox = makeSandbox();
  const source = { kind: 'url', url: `${server.origin}/a.safetensors` } as const;
  const { path } = await sandbox.fetch(source);
  flip(path);
  broken = true;
  expect((await failure(sandbox.fetch(source))).code).toBe('weights-not-found');
  expect(sandbox.events).toContainEqual(expect.objectContaining({ type: 'damaged', entry: path }));
  broken = false;
  expect((await sandbox.fetch(source)).sha256).toBe(sha256(bytes));
});

test('only a time of change differs: the file is hashed, and taken', async () => {
  const hub = await startHub(REPO);
  const sandbox = makeSandbox({ HF_ENDPOINT: hub.origin });
  const got = await sandbox.fetch(HF);
  utimesSync(got.path, 1e9, 1e9);
  expect(await sandbox.fetch(HF, { offline: true })).toEqual(got);
});

test('another checksum than that of the cached file: it is fetched again, and kept where that is no better', async () => {
  let current = bytes;
  const server = await startServer((request, response) => serve(request, response, current));
  const sandbox = makeSandbox();
  const url = `${server.origin}/a.safetensors`;
  const first = await sandbox.fetch({ kind: 'url', url });
  const other = weights(3000, 9);
  const wanted = { kind: 'url', url, sha256Prefix: sha256(other) } as const;
  expect((await failure(sandbox.fetch(wanted))).code).toBe('weights-checksum');
  expect(await sandbox.fetch({ kind: 'url', url })).toEqual(first);
  current = other;
  expect((await sandbox.fetch(wanted)).sha256).toBe(sha256(other));
});

test('local: a file, a folder with its config, and what is neither', async () => {
  const sandbox = makeSandbox();
  const folder = temporaryFolder();
  expect((await failure(sandbox.fetch({ kind: 'file', path: folder }))).message).toMatch(
    /expected a folder with model\.safetensors or pytorch_model\.bin/,
  );
  writeFileSync(join(folder, 'model.safetensors'), bytes);
  writeFileSync(join(folder, 'config.json'), CONFIG);
  const whole = { path: join(folder, 'model.safetensors'), sha256: sha256(bytes) };
  expect(await sandbox.fetch({ kind: 'file', path: folder })).toMatchObject({
    ...whole,
    config: { architecture: 'resnet18' },
  });
  const file = await sandbox.fetch({ kind: 'file', path: whole.path });
  expect(file).toEqual({ ...whole, source: whole.path });
  writeFileSync(join(folder, 'config.json'), '{"architecture": 5}');
  expect((await failure(sandbox.fetch({ kind: 'file', path: folder }))).message).toMatch(
    /config\.json architecture: expected a text, got 5/,
  );
  expect((await failure(sandbox.fetch({ kind: 'file', path: join(folder, 'none') }))).code).toBe(
    'file-not-found',
  );
  expect(sandbox.files()).toEqual([]);
});

test('a file in place of the cache folder is an error that names the variable to set', async () => {
  const sandbox = makeSandbox();
  writeFileSync(sandbox.cache, '');
  const error = await failure(sandbox.fetch({ kind: 'url', url: 'http://127.0.0.1:9/a.pth' }));
  expect(error.code).toBe('engine-cache-unwritable');
  expect(error.message).toMatch(/weights cannot be stored.*set PODIUM_CACHE/s);
});

test.each([
  ['stated, found before it is full', true],
  ['not stated', false],
])(
  'a full disk, the length %s: an error, and nothing is left on it',
  withDisks(async (_: string, stated: boolean) => {
    const large = weights(3_000_000);
    const server = await startServer((request, response) =>
      stated ? serve(request, response, large) : void response.writeHead(200).end(large),
    );
    const sandbox = makeSandbox();
    const disk = mountDisk(sandbox.cache, 'size=1m');
    const source = { kind: 'url', url: `${server.origin}/a.safetensors` } as const;
    const error = await failure(sandbox.fetch(source));
    expect(error.code).toBe('disk-full');
    expect(error.message).toMatch(/free some space, or set PODIUM_CACHE/);
    expect(sandbox.files()).toEqual([]);
    disk.remount('size=20m');
    expect((await sandbox.fetch(source)).sha256).toBe(sha256(large));
  }),
);

test(
  'a read-only cache that holds the weights serves',
  withDisks(async () => {
    const hub = await startHub(REPO);
    const sandbox = makeSandbox({ HF_ENDPOINT: hub.origin });
    const disk = mountDisk(sandbox.cache, 'size=1m');
    const got = await sandbox.fetch(HF);
    utimesSync(got.path, 1e9, 1e9);
    disk.remount('ro');
    expect(await sandbox.fetch(HF)).toEqual(got);
  }),
);

function flip(path: string): void {
  const content = readFileSync(path);
  const middle = content.length >> 1;
  content[middle] = (content[middle] ?? 0) ^ 1;
  writeFileSync(path, content);
}

function flipInSecret(path: string): void {
  const { atime, mtime } = statSync(path);
  flip(path);
  utimesSync(path, atime, mtime);
}
