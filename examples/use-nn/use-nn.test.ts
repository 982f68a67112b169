import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadEngine } from '@podium/engine';
import { loadStateDict, manualSeed, stateDict } from '@podium/nn';
import { readSafetensors, writeSafetensors } from '@podium/nn/checkpoint-files';
import * as tf from '@tensorflow/tfjs-core';
import { expect, onTestFinished, test } from 'vitest';
import { accuracyOf, makeSpirals, PointNet, train } from './use-nn.ts';

test('use-nn learns two spirals, and its weights survive a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'podium-use-nn-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await loadEngine({ threads: 2 });
  manualSeed(1);
  const model = new PointNet();
  expect(model.namedParameters().map(([path]) => path)).toContain('blocks.1.fc2.bias');
  const { points, targets } = makeSpirals(200);
  const losses = train(model, points, targets, 150);
  expect(losses.at(-1)).toBeLessThan(losses[0]! / 5);
  expect(accuracyOf(model, points, targets)).toBeGreaterThan(0.95);

  const file = join(folder, 'points.safetensors');
  await writeSafetensors(file, stateDict(model));
  manualSeed(2);
  const twin = new PointNet();
  expect(loadStateDict(twin, (await readSafetensors(file)).tensors)).toEqual({ missing: [], unexpected: [] });
  const [logits, same] = [model, twin].map((net) => tf.tidy(() => [...net.call(points).dataSync()]));
  expect(same).toEqual(logits);
});
