import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { competition, temporaryFolder } from './graphs.ts';
import { killAndResume, undisturbed } from './kill.ts';
import { isRunning, startDriver, startTrouble } from './processes.ts';

/** `npm run test:kill` sets twenty. */
const KILLS = Number(process.env.PODIUM_KILLS ?? 2);

test(`killed ${KILLS} times at random moments and restarted, a run ends with the same bytes`, async () => {
  const folder = temporaryFolder();
  const wanted = undisturbed(temporaryFolder());
  await killAndResume(folder, KILLS, process.env.PODIUM_KILL_SEED ?? 'kill', wanted);
}, 600_000);

test('two simultaneous runs on one store: each key is computed by one of them, and both results are equal', async () => {
  const folder = temporaryFolder();
  const data = competition(folder);
  const options = { folds: 3, stepMs: 50 };
  const drivers = [0, 1].map(() => startDriver(join(folder, 'store'), data, options));
  const [a, b] = await Promise.all(drivers.map(({ submission }) => submission));
  expect(a).toBeDefined();
  expect(readFileSync(a!, 'utf8')).toBe(readFileSync(b!, 'utf8'));
  const ran = drivers.flatMap(({ events }) =>
    events.filter(({ type, status }) => type === 'finished' && status === 'ran').map(({ name }) => name),
  );
  expect(ran.sort()).toEqual(['blend', 'split', 'train[fold=0]', 'train[fold=1]', 'train[fold=2]']);
});

test('a stage ends when its parent is killed, even if it blocks its event loop', async () => {
  const orphan = async (how: string): Promise<void> => {
    const folder = temporaryFolder();
    const marker = join(folder, 'marker');
    const parent = startTrouble(join(folder, 'store'), how, marker);
    while (!existsSync(marker) || readFileSync(marker, 'utf8') === '') await sleep(20);
    const pid = Number(readFileSync(marker, 'utf8'));
    expect(isRunning(pid)).toBe(true);
    parent.kill('SIGKILL');
    for (let tries = 0; isRunning(pid) && tries < 200; tries++) await sleep(50);
    expect(isRunning(pid)).toBe(false);
  };
  await Promise.all(['wait', 'hang'].map(orphan));
});
