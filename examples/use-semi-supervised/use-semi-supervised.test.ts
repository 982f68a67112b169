import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDataset } from '@podium/dataset';
import { writeMaskCompetition } from '@podium/dataset/testing';
import { loadEngine } from '@podium/engine';
import { type AnyModule, stateDict } from '@podium/nn';
import { expect, onTestFinished, test } from 'vitest';
import { smallNet } from '../use-training/use-training.ts';
import { testAccuracy, trainFixMatch } from './use-semi-supervised.ts';

test('use-semi-supervised learns from few labels, and a stopped run resumes to the same bits', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'podium-use-semi-supervised-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeMaskCompetition(join(folder, 'masks'), { people: 60, testPeople: 1, width: 24, height: 32 });
  const all = await readDataset(join(folder, 'masks'), { settings: { heads: 'both' } });
  const unseen = all.train.filter(({ group }) => Number(group) > 40);
  const data = { ...all, train: all.train.filter((row) => !unseen.includes(row)) };
  await loadEngine({ deterministic: true, threads: 2 });
  const bits = (model: AnyModule) =>
    Object.fromEntries(Array.from(stateDict(model), ([path, { data: values }]) => [path, values.join()]));

  const whole = smallNet();
  const result = await trainFixMatch(data, whole, { checkpoints: join(folder, 'whole') });
  expect(result).toMatchObject({ reason: 'done', steps: 80 });
  // Five of seven images show a mask.
  expect(await testAccuracy(data, unseen, whole)).toBeGreaterThan(0.8);

  const checkpoints = join(folder, 'stopped');
  const controller = new AbortController();
  const stopped = await trainFixMatch(data, smallNet(), {
    checkpoints,
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'step' && event.step === 36) controller.abort();
    },
  });
  expect(stopped).toMatchObject({ reason: 'signal', unfinished: true });
  const resumed = smallNet();
  expect(await trainFixMatch(data, resumed, { checkpoints })).toMatchObject({ reason: 'done', steps: 80 });
  expect(bits(resumed)).toEqual(bits(whole));
}, 300_000);
