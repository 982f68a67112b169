import { Rng } from '@podium/core';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../temporary-folder.ts';
import { type Finished, runTasks } from './processes.ts';
import { STEPS, type TaskName } from './tasks.ts';

const TASKS = Object.keys(STEPS) as TaskName[];
/** `npm run test:kill` sets a higher number for each. */
const KILLS: Readonly<Record<TaskName, number>> = {
  fixmatch: 2,
  'meta-pseudo-labels': 1,
  simclr: 2,
  rotation: 1,
};
const killsOf = (name: TaskName) => Number(process.env.PODIUM_KILLS ?? KILLS[name]);

let unbroken: Readonly<Record<string, Finished>>;

test('unbroken runs, for comparison', { timeout: 120_000 }, async () => {
  unbroken = (await runTasks(temporaryFolder(), TASKS))!;
  expect(Object.keys(unbroken)).toEqual(TASKS);
});

test.each(TASKS)(
  '%s, killed and resumed, ends with the bits of an unbroken run',
  { timeout: 600_000 },
  async (name) => {
    const kills = killsOf(name);
    const rng = Rng.fromSeed('kill').split(name);
    let killed = 0;
    while (killed < kills) {
      const folder = temporaryFolder();
      let finished: Finished | undefined;
      while (finished === undefined) {
        // The last kill of a run may come too late.
        const kill = { afterSteps: 1 + rng.int(8), milliseconds: rng.int(60) };
        finished = (await runTasks(folder, [name], killed < kills ? kill : undefined))?.[name];
        if (finished === undefined) killed++;
      }
      expect(finished.steps).toBe(STEPS[name]);
      expect(finished).toEqual(unbroken[name]);
    }
    expect(killed).toBe(kills);
  },
);
