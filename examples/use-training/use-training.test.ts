import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDataset } from '@podium/dataset';
import { writeMaskCompetition } from '@podium/dataset/testing';
import { loadEngine } from '@podium/engine';
import { type AnyModule, stateDict } from '@podium/nn';
import { expect, onTestFinished, test } from 'vitest';
import { smallNet, trainMasks } from './use-training.ts';

test('use-training learns, and a stopped run resumes to the same bits', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'podium-use-training-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeMaskCompetition(join(folder, 'masks'), { people: 30, testPeople: 1, width: 24, height: 32 });
  const data = await readDataset(join(folder, 'masks'), { settings: { heads: 'both' } });
  await loadEngine({ deterministic: true, threads: 2 });
  const bits = (model: AnyModule) =>
    Object.fromEntries(Array.from(stateDict(model), ([path, { data: values }]) => [path, values.join()]));

  const whole = smallNet();
  const result = await trainMasks(data, whole, { checkpoints: join(folder, 'whole') });
  expect(result).toMatchObject({ reason: 'done', steps: 54, epochs: 6 });
  // Five of seven images show a mask.
  expect(result.history.at(-1)?.metrics.accuracy).toBeGreaterThan(0.9);

  const checkpoints = join(folder, 'stopped');
  const stopped = await trainMasks(data, smallNet(), { checkpoints, maxSteps: 23 });
  expect(stopped).toMatchObject({ reason: 'steps', steps: 23, unfinished: true });
  const resumed = smallNet();
  expect(await trainMasks(data, resumed, { checkpoints })).toMatchObject({ reason: 'done', steps: 54 });
  expect(bits(resumed)).toEqual(bits(whole));
}, 300_000);
