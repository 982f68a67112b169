import { loadEngine, memory } from '@podium/engine';
import { currentRng, manualSeed, stateDict } from '@podium/nn';
import { beforeAll, expect, test } from 'vitest';
import { makeSet, memoryBatches } from '../../test/memory-loader.ts';
import { labelLoss, smallNet } from '../../test/small-net.ts';
import { findLearningRate, suggest } from './find-learning-rate.ts';

beforeAll(async () => {
  await loadEngine({ backend: 'auto', threads: 2 });
});

test('finds a range, and leaves model, gradients, modes and random state as they were', async () => {
  const model = smallNet();
  model.norm1.frozenStatistics = true;
  model.stem.requiresGrad_(false);
  model.eval();
  const before = stateDict(model);
  const tensors = memory().tensors;
  manualSeed('now');
  const curve = await findLearningRate(
    { model, loss: labelLoss(), seed: 1, optimizer: { name: 'sgd', momentum: 0.9, learningRate: 1 } },
    () => memoryBatches(makeSet(64)),
    { steps: 60 },
  );
  const next = currentRng().uint32();
  manualSeed('now');
  expect(next).toBe(currentRng().uint32());
  expect(stateDict(model)).toEqual(before);
  expect(memory().tensors).toBe(tensors);
  expect(model.modules().some(({ training }) => training)).toBe(false);
  expect(model.stem.weight.requiresGrad).toBe(false);
  expect(curve.valley).toBeGreaterThan(1e-4);
  expect(curve.valley).toBeLessThan(1);
  expect(curve.steepest).toBeGreaterThan(1e-4);
});

test('suggestions of a known curve', () => {
  // Flat, then falling from 1e-4 to 1e-1, steepest at 1e-2, then up.
  const points = Array.from({ length: 100 }, (_, i) => {
    const exponent = -7 + (8 * i) / 99;
    const fall = 1 / (1 + Math.exp(-3 * (exponent + 2)));
    return { learningRate: 10 ** exponent, loss: 2 - fall + Math.max(0, exponent + 0.5) ** 2 };
  });
  const { steepest, valley } = suggest(points);
  expect(Math.log10(steepest!)).toBeCloseTo(-2, 0);
  expect(Math.log10(valley!)).toBeLessThan(-2);
  expect(suggest(points.map((point, i) => ({ ...point, loss: i })))).toEqual({
    steepest: undefined,
    valley: undefined,
  });
});
