import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processName } from '@podium/core';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/graphs.ts';
import { trouble } from '../../test/stages.ts';
import { type KeyParts, keyOf } from '../graph/keys.ts';
import { openStore } from './open-store.ts';
import type { Store } from './store.ts';

/** An entry whose output is `text`. */
async function put(store: Store, how: string, text = how) {
  const parts: KeyParts = { stage: 'trouble', version: '1', engine: 'e', settings: { how }, inputs: {} };
  const attempt = await store.startAttempt();
  writeFileSync(join(attempt.outputFolder, 'out'), text);
  const key = keyOf(parts);
  return {
    key,
    ...(await store.commit(attempt, { key, parts, instance: 'it', stage: trouble, durationMs: 1 })),
  };
}

/** Name of a dead process. */
function deadName(): string {
  const { pid } = spawnSync('true');
  return processName().replace(`-${process.pid}-`, `-${pid}-`);
}

const open = () => openStore(join(temporaryFolder(), 'store'));

test('a committed entry is found, listed, and removed', async () => {
  const store = await open();
  const { key, outcome, entry } = await put(store, 'a');
  expect(outcome).toBe('new');
  expect(readFileSync(entry.outputs.out!, 'utf8')).toBe('a');
  expect(await store.find(key, 'full')).toMatchObject({ status: 'found', entry: { key } });
  expect(await store.list()).toMatchObject([{ key, manifest: { instance: 'it', settings: { how: 'a' } } }]);
  expect([await store.remove(key), await store.remove(key)]).toEqual([true, false]);
  expect(await store.find(key, 'quick')).toEqual({ status: 'absent' });
});

test('a late second commit is dropped; different bytes are reported, and the first entry stays', async () => {
  const store = await open();
  const { key } = await put(store, 'a');
  expect((await put(store, 'a')).outcome).toBe('same');
  const { outcome, entry } = await put(store, 'a', 'other bytes');
  expect(outcome).toBe('different');
  expect(readFileSync(entry.outputs.out!, 'utf8')).toBe('a');
  expect(readdirSync(join(store.folder, 'attempts'))).toEqual([]);
  expect(await store.find(key, 'full')).toMatchObject({ status: 'found' });
});

test('a second commit replaces a damaged entry', async () => {
  const store = await open();
  const { key } = await put(store, 'a');
  writeFileSync(join(store.folder, 'entries', key, 'manifest.json'), '{}');
  expect(await store.find(key, 'quick')).toMatchObject({ status: 'damaged' });
  expect((await put(store, 'a')).outcome).toBe('new');
  expect(await store.find(key, 'full')).toMatchObject({ status: 'found' });
});

test('a folder with other files is no store, nor is one of another version', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'thesis.txt'), '');
  await expect(openStore(folder)).rejects.toThrow('thesis.txt');
  const store = await open();
  writeFileSync(join(store.folder, 'podium-store.json'), '{ "format": 99 }');
  await expect(openStore(store.folder)).rejects.toMatchObject({ code: 'store-format' });
  await expect(openStore(join(folder, 'thesis.txt'))).rejects.toMatchObject({
    problem: { path: expect.anything() },
  });
});

test('collects the least recently used entries until the store is small enough', async () => {
  const store = await open();
  const keys: string[] = [];
  for (const name of ['a', 'b', 'c']) keys.push((await put(store, name, name.repeat(10_000))).key);
  const [a = '', b = '', c = ''] = keys;
  for (const [i, key] of keys.entries()) utimesSync(join(store.folder, 'used', key), 1000 + i, 1000 + i);
  await store.find(a, 'quick');
  const limit = { maxBytes: 15_000 };
  const dry = await store.collect({ ...limit, dryRun: true });
  expect(dry.removed.map(({ key }) => key)).toEqual([b, c]);
  expect(await store.list()).toHaveLength(3);
  expect((await store.collect(limit)).removed).toEqual(dry.removed);
  expect((await store.list()).map(({ key }) => key)).toEqual([a]);
  expect(readdirSync(join(store.folder, 'used'))).toEqual([a]);
});

test('collects old entries, but neither pinned ones nor those that a living process uses', async () => {
  const store = await open();
  const keys: string[] = [];
  for (const name of ['a', 'b', 'c']) keys.push((await put(store, name)).key);
  const [pinned = '', leased = '', free = ''] = keys;
  for (const key of keys) utimesSync(join(store.folder, 'used', key), 1000, 1000);
  await store.pin('run-1', [pinned]);
  const endLease = await store.lease([leased]);
  writeFileSync(
    join(store.folder, 'leases', `${deadName()}.json`),
    JSON.stringify({ name: 'at work', keys: [free] }),
  );
  const result = await store.collect({ maxAgeMs: 60_000 });
  expect(result.removed.map(({ key }) => key)).toEqual([free]);
  expect(result.claimedBytes).toBe(result.keptBytes);
  expect(await store.pins()).toEqual([{ name: 'run-1', keys: [pinned] }]);
  await endLease();
  expect([await store.unpin('run-1'), await store.unpin('run-1')]).toEqual([true, false]);
  expect((await store.collect({ maxAgeMs: 60_000 })).removed).toHaveLength(2);
});

test('opening removes leftovers of dead processes, and leaves living ones alone', async () => {
  const store = await open();
  const mine = await store.startAttempt();
  for (const name of [deadName(), 'ffffffff-1-0123456789abcdef']) {
    mkdirSync(join(store.folder, 'attempts', name, 'outputs'), { recursive: true });
  }
  await openStore(store.folder);
  // Another machine may be working on it; after a day it counts as dead.
  expect(readdirSync(join(store.folder, 'attempts')).sort()).toEqual(
    [mine.id, 'ffffffff-1-0123456789abcdef'].sort(),
  );
  const foreign = join(store.folder, 'attempts', 'ffffffff-1-0123456789abcdef');
  utimesSync(foreign, 1000, 1000);
  await openStore(store.folder);
  // Something in it is still young.
  expect(readdirSync(join(store.folder, 'attempts'))).toHaveLength(2);
  utimesSync(join(foreign, 'outputs'), 1000, 1000);
  await openStore(store.folder);
  expect(readdirSync(join(store.folder, 'attempts'))).toEqual([mine.id]);
});
