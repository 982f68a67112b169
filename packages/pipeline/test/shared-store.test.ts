import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openStore } from '../src/index.ts';
import { competition, temporaryFolder } from './graphs.ts';
import { type Driver, type DriverEvent, type DriverOptions, startDriver } from './processes.ts';

const OPTIONS: DriverOptions = { folds: 4, steps: 10, stepMs: 100, cores: 1, leaseMs: 1500 };
const WRONG_CLOCK = new URL('./wrong-clock.ts', import.meta.url).href;

const ranBy = ({ events }: Driver) =>
  events.flatMap(({ type, status, name = '' }) => (type === 'finished' && status === 'ran' ? [name] : []));

const submissionOf = async ({ submission }: Driver) => readFileSync((await submission)!, 'utf8');

/** Resolves at the first event of that type. */
function eventually(): { readonly onEvent: (event: DriverEvent) => void; seen(type: string): Promise<void> } {
  const seen = new Set<string>();
  return {
    onEvent: ({ type = '' }) => void seen.add(type),
    seen: async (type) => {
      while (!seen.has(type)) await sleep(20);
    },
  };
}

test('two runs on one store share the folds, also if the clock of one is an hour ahead', async () => {
  const folder = temporaryFolder();
  const [store, data] = [join(folder, 'store'), competition(folder)];
  const drivers = [[], [WRONG_CLOCK]].map((preload) => startDriver(store, data, OPTIONS, undefined, preload));
  const [a, b] = await Promise.all(drivers.map(submissionOf));
  expect(a).toBe(b);
  const folds = drivers.map((driver) => ranBy(driver).filter((name) => name.startsWith('train')));
  expect(folds.flat().sort()).toEqual([0, 1, 2, 3].map((fold) => `train[fold=${fold}]`));
  for (const own of folds) expect(own.length).toBeGreaterThan(0);
}, 180_000);

test('a run continues what a killed one held, and a stopped one drops what it has lost', async () => {
  const folder = temporaryFolder();
  const [store, data] = [join(folder, 'store'), competition(folder)];
  const options = { ...OPTIONS, folds: 2, steps: 20 };
  const first = eventually();
  const killed = startDriver(store, data, options, first.onEvent);
  await first.seen('process');
  killed.process.kill('SIGKILL');
  await killed.submission;

  const second = eventually();
  const stopped = startDriver(store, data, options, second.onEvent);
  await second.seen('progress');
  stopped.process.kill('SIGSTOP');
  const other = startDriver(store, data, options);
  const wanted = await submissionOf(other);
  expect(ranBy(other)).toEqual(expect.arrayContaining(['train[fold=0]', 'train[fold=1]', 'blend']));
  const written = stampsOf(store);
  stopped.process.kill('SIGCONT');
  expect(await submissionOf(stopped)).toBe(wanted);
  expect(stopped.events.map(({ type }) => type)).toContain('claim-lost');
  expect(ranBy(stopped).filter((name) => name.startsWith('train'))).toEqual([]);
  expect(stampsOf(store)).toEqual(written);
  // Nobody left anything.
  await openStore(store);
  for (const part of ['attempts', 'claims', 'leases', 'work'])
    expect(readdirSync(join(store, part)), part).toEqual([]);
}, 180_000);

/** Who made each entry. */
function stampsOf(store: string): string[] {
  return readdirSync(join(store, 'entries')).map((key) =>
    readFileSync(join(store, 'entries', key, 'manifest.json'), 'utf8'),
  );
}
