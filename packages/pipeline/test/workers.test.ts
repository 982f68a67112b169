import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { inProcessExecutor, openStore, run } from '../src/index.ts';
import { competition, competitionGraph, temporaryFolder } from './graphs.ts';
import { type DriverOptions, startDriver, startWorker } from './processes.ts';

const OPTIONS: DriverOptions = { folds: 5, steps: 10, stepMs: 100, leaseMs: 1500, workers: true };
const TRAININGS = Array.from({ length: 5 }, (_, fold) => `train[fold=${fold}]`);

/** What this process computes by itself. */
async function computedHere(data: string): Promise<string> {
  const executor = inProcessExecutor();
  const store = await openStore(join(temporaryFolder(), 'store'));
  const { folds, steps } = OPTIONS;
  const graph = competitionGraph(data, { folds: folds!, steps: steps!, stepMs: 0 });
  const report = await run(graph, store, executor, { engine: 'e1' });
  return readFileSync(report.instances.at(-1)!.outputs!.submission!, 'utf8');
}

test('two workers share the folds of a run; one is killed, the run too, and the bytes are those of one process', async () => {
  const folder = temporaryFolder();
  const [store, data] = [join(folder, 'store'), competition(folder)];
  await openStore(store);
  const workers = [0, 1].map(() => startWorker(store, OPTIONS.leaseMs!));
  onTestFinished(() => workers.forEach((worker) => void worker.process.kill('SIGKILL')));
  const killed = startDriver(store, data, OPTIONS, ({ type }) => {
    if (type === 'progress') killed.process.kill('SIGKILL');
  });
  expect(await killed.submission).toBeUndefined();
  const again = startDriver(store, data, OPTIONS);
  while (workers.some(({ done }) => done.length === 0)) await sleep(20);
  workers[0]!.process.kill('SIGKILL');
  const submission = readFileSync((await again.submission)!, 'utf8');
  expect(submission).toBe(await computedHere(data));
  const done = workers.flatMap((worker) => worker.done);
  // Nothing was computed twice; the killed worker may have died before it could say that it was done.
  expect(new Set(done).size).toBe(done.length);
  expect(TRAININGS).toEqual(expect.arrayContaining(done));
  workers[1]!.process.kill('SIGTERM');
  expect(await once(workers[1]!.process, 'exit')).toEqual([0, null]);
  await openStore(store);
  const left = (part: string) => (existsSync(join(store, part)) ? readdirSync(join(store, part)) : []);
  for (const part of ['exchange/jobs', 'exchange/failures', 'exchange/news', 'claims', 'work'])
    expect(left(part), part).toEqual([]);
}, 180_000);
