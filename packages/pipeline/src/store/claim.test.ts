import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processName } from '@podium/core';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/graphs.ts';
import { trouble } from '../../test/stages.ts';
import { type KeyParts, keyOf } from '../graph/keys.ts';
import type { Claim } from './claim.ts';
import { openStore } from './open-store.ts';
import type { Store } from './store.ts';

const PARTS: KeyParts = { stage: 'trouble', version: '1', engine: 'e', settings: {}, inputs: {} };
const KEY = keyOf(PARTS);
const LEASE_MS = 300;
/** A process of another machine: whether it lives cannot be asked. */
const FOREIGN = 'ffffffff-1-0123456789abcdef';

const open = (folder = join(temporaryFolder(), 'store')) => openStore(folder, { leaseMs: LEASE_MS });
const claimsOf = (store: Store) => join(store.folder, 'claims', KEY);

/** A claim of somebody else, who never gives a sign of life. */
function writeClaim(store: Store, token: number, id: string): void {
  mkdirSync(claimsOf(store), { recursive: true });
  writeFileSync(join(claimsOf(store), String(token)), JSON.stringify({ id, leaseMs: LEASE_MS }));
}

async function attemptWith(store: Store, text: string) {
  const attempt = await store.startAttempt();
  writeFileSync(join(attempt.outputFolder, 'out'), text);
  return attempt;
}

test('of many that claim a key one gets it, and passes it on', async () => {
  const store = await open();
  const claims = await Promise.all(Array.from({ length: 10 }, () => store.tryClaim(KEY)));
  const held = claims.filter((claim) => claim !== undefined);
  expect(held).toHaveLength(1);
  let waited = false;
  const waiting = store.waitForClaim(KEY).then(() => {
    waited = true;
  });
  // Longer than a lease: the holder gives signs of life.
  await sleep(2 * LEASE_MS);
  expect(waited).toBe(false);
  await held[0]?.release();
  await waiting;
  const next = await store.tryClaim(KEY);
  expect(next?.id).not.toBe(held[0]?.id);
  await next?.release(true);
  expect(readdirSync(join(store.folder, 'claims'))).toEqual([]);
});

test('the claim of a dead process is free at once, that of another machine after its lease', async () => {
  const store = await open();
  writeClaim(store, 1, processName().replace(`-${process.pid}-`, `-${spawnSync('true').pid}-`));
  await (await store.tryClaim(KEY))?.release();
  writeClaim(store, 9, FOREIGN);
  expect(await store.tryClaim(KEY)).toBeUndefined();
  const start = performance.now();
  await store.waitForClaim(KEY);
  expect(performance.now() - start).toBeGreaterThan(LEASE_MS);
  expect(await store.tryClaim(KEY)).toBeDefined();
});

test('a counter that moves keeps a claim, whatever the times of its files', async () => {
  const store = await open();
  writeClaim(store, 1, FOREIGN);
  let beats = 0;
  const beat = () => writeFileSync(join(claimsOf(store), '1.beat'), String(++beats));
  const timer = setInterval(beat, LEASE_MS / 4);
  await expect(store.waitForClaim(KEY, AbortSignal.timeout(3 * LEASE_MS))).rejects.toThrow();
  expect(await store.tryClaim(KEY)).toBeUndefined();
  clearInterval(timer);
  await store.waitForClaim(KEY);
  expect(await store.tryClaim(KEY)).toBeDefined();
});

test('a claim that was taken over stores nothing: not before, at, or after the moment', async () => {
  const store = await open();
  const takeOver = (token: number, id = FOREIGN) => writeClaim(store, token, id);
  const claim = (await store.tryClaim(KEY))!;
  const attempt = await attemptWith(store, 'late');
  takeOver(2);
  const options = { key: KEY, parts: PARTS, instance: 'it', stage: trouble, durationMs: 1 };
  await expect(store.commit(attempt, { ...options, claim })).rejects.toMatchObject({ code: 'claim-lost' });
  expect(claim.lost.aborted).toBe(true);
  expect(await store.find(KEY, 'full')).toEqual({ status: 'absent' });
  expect(readdirSync(join(store.folder, 'attempts'))).toEqual([]);

  // Confirmed, then stopped for a lease, then continued.
  await store.waitForClaim(KEY);
  const second = (await store.tryClaim(KEY))!;
  const other = await open(store.folder);
  const stopped: Claim = {
    key: KEY,
    id: second.id,
    lost: second.lost,
    workFolder: () => second.workFolder(),
    release: () => second.release(),
    confirm: async () => {
      if (second.lost.aborted) throw second.lost.reason;
      takeOver(4, second.id);
      await other.waitForClaim(KEY);
      expect(await other.tryClaim(KEY)).toBeDefined();
    },
  };
  const commit = store.commit(await attemptWith(store, 'late'), { ...options, claim: stopped });
  await expect(commit).rejects.toMatchObject({ code: 'claim-lost' });
  expect(await store.find(KEY, 'full')).toEqual({ status: 'absent' });
});

test('whoever takes a claim over gets the checkpoints, out of reach of the earlier holder', async () => {
  const store = await open();
  const claim = (await store.tryClaim(KEY))!;
  const work = await claim.workFolder();
  writeFileSync(join(work, 'checkpoint'), '1');
  await claim.release();
  const next = (await store.tryClaim(KEY))!;
  const nextWork = await next.workFolder();
  expect(readFileSync(join(nextWork, 'checkpoint'), 'utf8')).toBe('1');
  expect(existsSync(work)).toBe(false);
  expect(() => writeFileSync(join(work, 'checkpoint'), 'late')).toThrow('ENOENT');
  await next.release();
});
