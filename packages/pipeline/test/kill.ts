import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Rng } from '@podium/core';
import { expect } from 'vitest';
import { openStore } from '../src/index.ts';
import { checkEntry } from '../src/store/check-entry.ts';
import { competition } from './graphs.ts';
import { type Driver, isRunning, startDriver } from './processes.ts';

const OPTIONS = { folds: 2, stepMs: 20, bytes: 40_000 };

/** The submission of an undisturbed run. */
export async function undisturbed(folder: string): Promise<string> {
  const driver = startDriver(join(folder, 'store'), competition(folder), OPTIONS);
  return readFileSync((await driver.submission) as string, 'utf8');
}

/**
 * Kills runs on one store repeatedly, each at a random event plus a random delay, then lets one finish. Every entry of the
 * store is complete after every kill, and the result is that of an undisturbed run.
 */
export async function killAndResume(
  folder: string,
  kills: number,
  seed: string,
  wanted: Promise<string>,
): Promise<void> {
  const rng = Rng.fromSeed(seed);
  const data = competition(folder);
  const store = join(folder, 'store');
  let killed = 0;
  let salt = 0;
  for (let i = 0; killed < kills; i++) {
    expect(i).toBeLessThan(6 * kills);
    // If a run finished before it could be killed, the next ones get new work.
    const options = { ...OPTIONS, seed: salt === 0 ? 7 : 1000 + salt };
    // Many finish before their moment comes; every third dies early.
    const at = rng.int(i % 3 === 2 ? 2 : 15);
    const delayMs = rng.int(60);
    const pids: number[] = [];
    let seen = 0;
    const driver: Driver = startDriver(store, data, options, (event) => {
      if (event.pid !== undefined) pids.push(event.pid);
      if (seen++ === at) setTimeout(() => driver.process.kill('SIGKILL'), delayMs);
    });
    const submission = await driver.submission;
    if (submission === undefined) killed++;
    else salt++;
    await expectComplete(store);
    // No orphan keeps working.
    for (let tries = 0; pids.some(isRunning) && tries < 100; tries++) await sleep(50);
    expect(pids.filter(isRunning)).toEqual([]);
  }
  const last = startDriver(store, data, OPTIONS);
  expect(readFileSync((await last.submission) as string, 'utf8')).toBe(await wanted);
  await expectComplete(store);
  // Opening the store removed the leftovers of killed runs, and the last run left nothing.
  await openStore(store);
  for (const part of ['attempts', 'leases']) expect(readdirSync(join(store, part))).toEqual([]);
  expect(readdirSync(store).filter((name) => name.startsWith('.'))).toEqual([]);
}

/** Every entry is complete. Checks the bytes without sweeping the store. */
async function expectComplete(folder: string): Promise<void> {
  const entries = readdirSync(folder).includes('entries') ? readdirSync(join(folder, 'entries')) : [];
  for (const key of entries) {
    expect(await checkEntry(join(folder, 'entries', key), key, 'full')).toMatchObject({ status: 'found' });
  }
}
