import { Rng } from '@podium/core';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../temporary-folder.ts';
import { runTraining } from './processes.ts';

/** `npm run test:kill` asks for more. */
const KILLS = Number(process.env.PODIUM_KILLS ?? 3);

test(`a run killed at ${KILLS} points, and resumed each time, ends with the bits of an unbroken one`, async () => {
  const whole = await runTraining(temporaryFolder());
  expect(whole?.steps).toBe(24);
  const rng = Rng.fromSeed('kill');
  let killed = 0;
  while (killed < KILLS) {
    const folder = temporaryFolder();
    let finished: unknown;
    while (finished === undefined) {
      // The last kills of a run may come too late: then it is done.
      const kill = { afterSteps: 1 + rng.int(8), milliseconds: rng.int(60) };
      finished = await runTraining(folder, killed < KILLS ? kill : undefined);
      if (finished === undefined) killed++;
    }
    expect(finished).toEqual(whole);
  }
}, 600_000);
