import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Rng } from '@podium/core';
import { loadEngine, memory } from '@podium/engine';
import { BatchNorm2d, type StateDict, type StateTensor, stateDict } from '@podium/nn';
import { writeSafetensors } from '@podium/nn/checkpoint-files';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TrainingBatch } from '../batches/index.ts';
import { greedySoup, refreshedBy, type SoupIngredient, uniformSoup } from './index.ts';

const float = (...values: number[]): StateTensor => ({
  dtype: 'float32',
  shape: [values.length],
  data: Float32Array.from(values),
});
const long = (...values: number[]): StateTensor => ({
  dtype: 'int64',
  shape: [values.length],
  data: BigInt64Array.from(values, BigInt),
});

/** A model of two numbers with its running mean and counters. */
function model(a: number, b: number, seen = 1): StateDict {
  return new Map([
    ['fc.weight', float(a, b)],
    ['bn.running_mean', float(a / 2)],
    ['bn.num_batches_tracked', long(seen)],
    ['table', long(0, 1, 2)],
  ]);
}

const named = (weights: Readonly<Record<string, StateDict>>): SoupIngredient[] =>
  Object.entries(weights).map(([name, each]) => ({ name, weights: each }));
const valuesOf = (weights: StateDict, path = 'fc.weight') =>
  Array.from(weights.get(path)?.data ?? [], Number);

test('a uniform soup is the mean of weights and statistics; whole numbers are not averaged', async () => {
  const soup = await uniformSoup(named({ a: model(1, 10, 7), b: model(2, -4, 8), c: model(6, 0, 9) }));
  expect(valuesOf(soup)).toEqual([3, 2]);
  expect(valuesOf(soup, 'bn.running_mean')).toEqual([1.5]);
  expect(soup.get('bn.num_batches_tracked')).toEqual(long(7));
  expect(soup.get('table')).toEqual(long(0, 1, 2));
  expect([...soup.keys()]).toEqual([...model(0, 0).keys()]);
});

test('half precision, files and functions are read; the given weights stay as they were', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'podium-soup-'));
  try {
    const path = join(folder, 'a.safetensors');
    await writeSafetensors(path, new Map([['w', float(1, 2)]]));
    const given = new Map([['w', float(3, 6)]]);
    const half: StateTensor = { dtype: 'bfloat16', shape: [2], data: Uint16Array.of(0x40a0, 0x3f80) };
    const soup = await uniformSoup([
      { name: 'a', weights: path },
      { name: 'b', weights: () => Promise.resolve(given) },
      { name: 'c', weights: new Map([['w', half]]) },
    ]);
    expect(soup.get('w')).toEqual(float(3, 3));
    expect(valuesOf(given, 'w')).toEqual([3, 6]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('equal ingredients give themselves, to the bit', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.float({ noNaN: true }), { minLength: 1 }),
      fc.integer({ min: 1, max: 9 }),
      async (values, count) => {
        const weights = new Map([['w', float(...values)]]);
        const soup = await uniformSoup(Array.from({ length: count }, (_, i) => ({ name: `${i}`, weights })));
        expect(valuesOf(soup, 'w').map(Math.abs)).toEqual(valuesOf(weights, 'w').map(Math.abs));
      },
    ),
    { seed: 9, numRuns: 50 },
  );
});

describe('a greedy soup', () => {
  /** How near to (3, 3), at most 0. */
  const score = (weights: StateDict) => -valuesOf(weights).reduce((sum, value) => sum + (value - 3) ** 2, 0);

  test('goes from the best alone to the worst, and takes what does not make it worse', async () => {
    // Alone: near -2, wide -8, low -18, far -98. (2,2)+(5,5) is (3.5,3.5): -0.5. With (0,0): (7/3,7/3), -0.89.
    const members = { far: model(10, 10), low: model(0, 0), near: model(2, 2), wide: model(5, 5) };
    const expected = {
      ingredients: ['near', 'wide'],
      score: -0.5,
      tried: [
        { name: 'near', alone: -2, withIt: -2, added: true },
        { name: 'wide', alone: -8, withIt: -0.5, added: true },
        { name: 'low', alone: -18, withIt: expect.closeTo(-8 / 9, 5), added: false },
        { name: 'far', alone: -98, withIt: expect.closeTo(-2 * (17 / 3 - 3) ** 2, 4), added: false },
      ],
    };
    const soup = await greedySoup(named(members), { score });
    expect(soup).toMatchObject(expected);
    expect(valuesOf(soup.weights)).toEqual([3.5, 3.5]);
    const uniform = await uniformSoup(named(members).filter(({ name }) => soup.ingredients.includes(name)));
    expect(soup.weights).toEqual(uniform);
    expect(await greedySoup(named(members).reverse(), { score })).toEqual(soup);

    const lower = await greedySoup(named(members), { score: (weights) => -score(weights), mode: 'min' });
    expect(lower.ingredients).toEqual(soup.ingredients);
    expect(lower.score).toBe(0.5);
  });

  test('takes what leaves the score as it is, ties by name', async () => {
    const soup = await greedySoup(named({ b: model(1, 1), a: model(2, 2) }), { score: () => 0.5 });
    expect(soup.ingredients).toEqual(['a', 'b']);
    expect(valuesOf(soup.weights)).toEqual([1.5, 1.5]);
  });

  test('never scores below its best ingredient', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer(), fc.integer()), { minLength: 1, maxLength: 6 }),
        async (all) => {
          const members = all.map(([a, b], i) => ({ name: `${i}`, weights: model(a, b) }));
          const soup = await greedySoup(members, { score });
          expect(soup.score).toBeGreaterThanOrEqual(
            Math.max(...members.map(({ weights }) => score(weights))),
          );
          expect(score(soup.weights)).toBe(soup.score);
        },
      ),
      { seed: 4, numRuns: 50 },
    );
  });

  test('a score that is not finite is rejected', async () => {
    await expect(greedySoup(named({ a: model(1, 1) }), { score: () => Number.NaN })).rejects.toThrow(
      /the score of a: expected a finite number, got NaN/,
    );
  });
});

describe('weights of another model are rejected, naming the tensor', () => {
  const changed = (change: (weights: Map<string, StateTensor>) => void) => {
    const weights = new Map(model(1, 2));
    change(weights);
    return named({ first: model(1, 2), 'run 7': weights });
  };
  test.each([
    [
      'another shape',
      changed((weights) => weights.set('fc.weight', float(1, 2, 3))),
      /run 7.*fc\.weight.*expected \[2\], as in first, got \[3\]/,
    ],
    ['a tensor too few', changed((weights) => weights.delete('bn.running_mean')), /bn\.running_mean/],
    ['a tensor too many', changed((weights) => weights.set('fc.bias', float(1))), /fc\.bias.*no such tensor/],
    [
      'whole numbers for others',
      changed((weights) => weights.set('fc.weight', long(1, 2))),
      /fc\.weight.*expected float32.*got int64/,
    ],
    [
      'another table',
      changed((weights) => weights.set('table', long(0, 1, 3))),
      /table.*expected 2 at 2, as in first, got 3/,
    ],
    ['nothing at all', named({ empty: new Map() }), /expected weights, got no tensor at all/],
    ['no ingredient', [], /expected at least one/],
    ['one name twice', [...named({ a: model(1, 2) }), ...named({ a: model(1, 2) })], /"a" twice/],
  ])('%s', async (_, ingredients, message) => {
    await expect(uniformSoup(ingredients)).rejects.toThrow(message);
    await expect(greedySoup(ingredients, { score: () => 1 })).rejects.toThrow(message);
  });
});

test('running statistics are refreshed on batches, not averaged, where that is asked for', async () => {
  await loadEngine({ backend: 'cpu' });
  const norm = new BatchNorm2d(1);
  norm.num_batches_tracked.value = 5;
  const a = stateDict(norm);
  tf.tidy(() => {
    norm.weight.data = tf.fill([1], 3);
    norm.running_mean.data = tf.fill([1], 100);
  });
  const b = stateDict(norm);
  const rng = Rng.fromSeed(1);
  const batches = Array.from({ length: 3 }, (): TrainingBatch => {
    const images = Float32Array.from({ length: 8 }, () => rng.float());
    return { images, shape: [2, 2, 2, 1], ids: ['x', 'y'], targets: {}, epoch: 0, step: 0, steps: 3 };
  });
  async function* all(): AsyncGenerator<TrainingBatch> {
    yield* batches;
  }
  const before = memory().tensors;
  const soup = await uniformSoup(named({ a, b }), { finish: refreshedBy(norm, all) });
  expect(memory().tensors).toBe(before);
  expect(valuesOf(soup, 'weight')).toEqual([2]);
  const values = batches.flatMap(({ images }) => [...images]);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(valuesOf(soup, 'running_mean')[0]).toBeCloseTo(mean, 5);
  expect(valuesOf(soup, 'num_batches_tracked')).toEqual([5]);
  // One alone keeps the statistics that it was trained with.
  expect(await uniformSoup(named({ b }), { finish: refreshedBy(norm, all) })).toBe(b);
  norm.dispose();
});
