import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadEngine } from '@podium/engine';
import { buildModel } from '@podium/model-zoo';
import { float32Of, stateDict } from '@podium/nn';
import { writeSafetensors } from '@podium/nn/checkpoint-files';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { openModel } from './open-model.ts';

beforeAll(async () => void (await loadEngine({ backend: 'cpu' })));

test('a classifier that the weights do not have starts small, and one that they have is kept', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'podium-model-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const weights = join(folder, 'weights.safetensors');
  await writeSafetensors(weights, stateDict(buildModel('efficientnet_lite0', { numClasses: 5 })));
  const input = { mean: [0, 0, 0], std: [1, 1, 1], interpolation: 'bicubic' as const };
  const settings = { model: 'efficientnet_lite0', imageSize: 32, input };
  const largest = async (classes: number) => {
    const names = Array.from({ length: classes }, (_, k) => String(k));
    const model = await openModel({ settings, heads: [{ name: 'class', classes: names }], seed: 1, weights });
    const state = stateDict(model).get('classifier.weight');
    return Math.max(...float32Of(state!).map(Math.abs));
  };
  expect(await largest(3)).toBeLessThanOrEqual(1 / Math.sqrt(1280));
  expect(await largest(5)).toBeGreaterThan(0.2);
});
