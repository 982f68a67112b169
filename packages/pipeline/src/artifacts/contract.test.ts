import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashBytes, processName } from '@podium/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { competition, competitionGraph, temporaryFolder } from '../../test/graphs.ts';
import { openBucket, type S3Server, startS3 } from '../../test/s3-server.ts';
import { inProcessExecutor, openArtifacts, openStore, run, type Store, withArtifacts } from '../index.ts';
import { type ArtifactStore, entryPath, objectPath } from './artifact-store.ts';
import { collectArtifacts } from './collect-artifacts.ts';
import { s3Objects } from './s3-objects.ts';

let server: S3Server;
beforeAll(async () => {
  server = await startS3();
}, 300_000);
afterAll(() => server?.stop());

const KINDS: Readonly<Record<string, (name: string) => ArtifactStore>> = {
  folder: () => openArtifacts(join(temporaryFolder(), 'artifacts')),
  s3: (name) => openBucket(server, name),
};
let prefixes = 0;

function fileWith(bytes: string | Uint8Array): { readonly file: string; readonly sha256: string } {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, bytes);
  return { file, sha256: hashBytes(readFileSync(file)) };
}

/** A run on a new machine: an empty store in front of the artifacts. */
async function runOn(artifacts: ArtifactStore, store?: Store) {
  const folder = temporaryFolder();
  const own = store ?? (await openStore(join(folder, 'store')));
  const report = await run(
    competitionGraph(competition(folder)),
    withArtifacts(own, artifacts),
    inProcessExecutor(),
    { engine: 'e1' },
  );
  return {
    store: own,
    statuses: report.instances.map(({ status }) => status),
    submission: readFileSync(report.instances.at(-1)!.outputs!.submission!, 'utf8'),
    keys: report.instances.map(({ key }) => key),
  };
}

describe.each(Object.keys(KINDS))('%s', (kind) => {
  const open = () => KINDS[kind]!(`test-${++prefixes}`);

  test('files are stored by hash, checked when read, and not sent twice', async () => {
    const store = open();
    const { file, sha256 } = fileWith('some bytes');
    const copy = join(temporaryFolder(), 'copy');
    expect(await store.get(sha256, copy)).toBe(false);
    await store.put(file, sha256);
    writeFileSync(file, 'not sent');
    await store.put(file, sha256);
    expect(await store.get(sha256, copy)).toBe(true);
    expect(readFileSync(copy, 'utf8')).toBe('some bytes');
    await store.objects.write(objectPath(sha256), Buffer.from('damaged'));
    await expect(store.get(sha256, copy)).rejects.toMatchObject({ code: 'artifact-damaged' });
  });

  test('of two that write one name only if it is absent, one succeeds', async () => {
    const { objects } = open();
    const writes = [1, 2, 3, 4].map((i) =>
      objects.write('leases/one.json', Buffer.from(`by ${i}`), { ifAbsent: true }),
    );
    const written = await Promise.all(writes);
    expect(written.filter(Boolean)).toEqual([true]);
    expect((await objects.read('leases/one.json'))?.toString()).toBe(`by ${written.indexOf(true) + 1}`);
    await objects.write('leases/two & <3>.json', Buffer.from('x'));
    const listed: string[] = [];
    for await (const { path } of objects.list('leases/')) listed.push(path);
    expect(listed.sort()).toEqual(['leases/one.json', 'leases/two & <3>.json']);
    await objects.remove('leases/one.json');
    await objects.remove('leases/one.json');
    expect(await objects.stat('leases/one.json')).toBeUndefined();
  });

  test('a second machine computes nothing, and gets the same bytes', async () => {
    const artifacts = open();
    const first = await runOn(artifacts);
    const second = await runOn(artifacts);
    expect(second.submission).toBe(first.submission);
    expect(new Set(second.statuses)).toEqual(new Set(['cached']));
    // A result whose files are gone is computed again.
    const [stored] = (await first.store.list()).filter(({ key }) => key === first.keys.at(-1));
    await artifacts.objects.remove(objectPath(stored!.manifest!.files[0]!.sha256));
    const third = await runOn(artifacts);
    expect(third.submission).toBe(first.submission);
    expect(third.statuses.at(-1)).toBe('ran');
    expect(new Set(third.statuses.slice(0, -1))).toEqual(new Set(['cached']));
  });

  test('of two results for one key the first stays', async () => {
    const artifacts = open();
    const first = await runOn(artifacts);
    const [entry] = (await first.store.list()).filter(({ key }) => key === first.keys.at(-1));
    const { file, sha256 } = fileWith('other bytes');
    await artifacts.put(file, sha256);
    const { manifest } = entry!;
    const files = [{ ...manifest!.files[0]!, size: 11, sha256 }];
    const outputs = { submission: { ...manifest!.outputs.submission!, sha256 } };
    expect(await artifacts.putManifest({ ...manifest!, files, outputs })).toBe(false);
    await artifacts.objects.remove(entryPath(entry!.key));
    expect(await artifacts.putManifest({ ...manifest!, files, outputs })).toBe(true);
    // Computed here, but another machine had stored something else meanwhile.
    const empty = await openStore(join(temporaryFolder(), 'store'));
    const blind = { ...artifacts, manifest: async () => undefined };
    await runOn(blind, empty);
    await empty.remove(entry!.key);
    const late = await runOn(artifacts, empty);
    expect(late.submission).toBe('other bytes');
  });

  test('collects old entries and their files, but nothing that is leased or may be about to be used', async () => {
    const artifacts = open();
    const { keys } = await runOn(artifacts);
    const leased = keys.at(-1)!;
    const endLease = await withArtifacts(await openStore(join(temporaryFolder(), 'store')), artifacts).lease([
      leased,
    ]);
    const old = { maxAgeMs: -1 };
    const first = await collectArtifacts(artifacts, old);
    expect([...first.entries].sort()).toEqual(keys.filter((key) => key !== leased).sort());
    expect(first.files).toEqual([]);
    // The grace period is not over.
    expect((await collectArtifacts(artifacts)).files).toEqual([]);
    const second = await collectArtifacts(artifacts, { graceMs: 0 });
    expect(second.files.length).toBeGreaterThan(3);
    const again = await runOn(artifacts);
    expect(again.statuses.at(-1)).toBe('cached');
    await endLease();
    expect((await collectArtifacts(artifacts, old)).entries).toContain(leased);
  });
});

test('a large file is sent in parts', async () => {
  const { file, sha256 } = fileWith(Buffer.alloc(11 << 20, 'abc'));
  const access = {
    accessKeyId: 'key',
    secretAccessKey: 'secret',
    region: 'us-east-1',
    endpoint: server.env.AWS_ENDPOINT_URL_S3!,
  };
  const sent: string[] = [];
  const objects = s3Objects('bucket/large', access, {
    partBytes: 5 << 20,
    fetch: (request) => {
      sent.push(`${request.method} ${new URL(request.url).search.replace(/uploadId=[^&]*/, 'uploadId')}`);
      return fetch(request);
    },
  });
  await objects.writeFile('file', file, sha256);
  expect(sent).toEqual([
    'POST ?uploads=',
    'PUT ?partNumber=1&uploadId',
    'PUT ?partNumber=2&uploadId',
    'PUT ?partNumber=3&uploadId',
    'POST ?uploadId',
  ]);
  expect(hashBytes((await objects.read('file'))!)).toBe(sha256);
});

test('a busy service is asked again, with growing waits; one that is down is named', async () => {
  const access = {
    accessKeyId: 'key',
    secretAccessKey: 'secret',
    region: 'us-east-1',
    endpoint: server.env.AWS_ENDPOINT_URL_S3!,
  };
  const busy = [503, 500, 429];
  const objects = s3Objects('bucket/busy', access, {
    waitMs: 1,
    fetch: async (request) => {
      const status = busy.pop();
      return status === undefined ? fetch(request) : new Response('<Code>SlowDown</Code>', { status });
    },
  });
  expect(await objects.write('x', Buffer.from('y'))).toBe(true);
  expect(busy).toEqual([]);
  const down = s3Objects('bucket/x', { ...access, endpoint: 'http://127.0.0.1:9' }, { tries: 2, waitMs: 1 });
  await expect(down.read('x')).rejects.toMatchObject({ code: 's3-unreachable' });
  await expect(s3Objects('nowhere/x', access).write('x', Buffer.from('y'))).rejects.toMatchObject({
    code: 's3-no-bucket',
  });
  expect(() => openArtifacts('s3://bucket', {})).toThrow(/AWS_ACCESS_KEY_ID/);
});

test('what a killed process left in a folder is no artifact', async () => {
  const folder = join(temporaryFolder(), 'artifacts');
  const { objects } = openArtifacts(folder);
  await objects.write('entries/a.json', Buffer.from('{}'));
  writeFileSync(join(folder, 'entries', `.podium-${processName()}.tmp`), 'half');
  utimesSync(join(folder, 'entries/a.json'), 1000, 1000);
  const listed: { path: string; ageMs: number }[] = [];
  for await (const item of objects.list('entries/')) listed.push(item);
  expect(listed.map(({ path }) => path)).toEqual(['entries/a.json']);
  expect(listed[0]?.ageMs).toBeGreaterThan(1e9);
  rmSync(folder, { recursive: true });
  expect(readdirSync(join(folder, '..'))).toEqual([]);
});
