import { createRequire } from 'node:module';
import { hashBytes, Rng } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { hasTensorflow, testNative } from '../../test/native.ts';
import { loadEngine } from '../load.ts';
import { withoutLeaks } from '../memory.ts';
import { state } from '../state.ts';
import {
  adamRule,
  applyUpdates,
  globalNorm,
  lambRule,
  lerpAll,
  lionRule,
  rmsPropRule,
  sgdRule,
  type UpdateOptions,
  type UpdateRule,
} from './index.ts';

interface Case {
  readonly name: string;
  readonly rule: UpdateRule;
  readonly slots: number;
  readonly settings: Readonly<Record<string, number>>;
}

const adam = {
  decay: 0.99,
  weightDecay: 0.02,
  rate1: 0.1,
  beta2: 0.98,
  rate2: 0.02,
  correction: 0.4,
  epsilon: 1e-6,
  byAverage: 0.02,
  byGradient: 0.005,
};
const rmsProp = { learningRate: 0.03, weightDecay: 0.1, alpha: 0.9, rate: 0.1, epsilon: 1e-3 };
const lamb = {
  decay: 0.999,
  weightDecay: 0.1,
  beta1: 0.9,
  rate1: 0.1,
  beta2: 0.99,
  rate2: 0.01,
  correction1: 0.3,
  correction2: 0.5,
  epsilon: 1e-6,
  learningRate: 0.05,
};
const sgd = { weightDecay: 0.1, momentum: 0.9, keep: 0.8, byGradient: 0.03, byBuffer: 0.02 };
const cases: Case[] = [
  { name: 'sgd', rule: sgdRule, slots: 0, settings: sgd },
  { name: 'sgd with a buffer', rule: sgdRule, slots: 1, settings: sgd },
  { name: 'adam', rule: adamRule, slots: 2, settings: adam },
  { name: 'adam, largest squares', rule: adamRule, slots: 3, settings: adam },
  { name: 'rmsprop', rule: rmsPropRule, slots: 1, settings: { ...rmsProp, momentum: 0, centered: 0 } },
  {
    name: 'rmsprop, momentum',
    rule: rmsPropRule,
    slots: 2,
    settings: { ...rmsProp, momentum: 0.9, centered: 0 },
  },
  {
    name: 'rmsprop, centered',
    rule: rmsPropRule,
    slots: 2,
    settings: { ...rmsProp, momentum: 0, centered: 1 },
  },
  {
    name: 'rmsprop, both',
    rule: rmsPropRule,
    slots: 3,
    settings: { ...rmsProp, momentum: 0.9, centered: 1 },
  },
  {
    name: 'lion',
    rule: lionRule,
    slots: 1,
    settings: { decay: 0.99, rate1: 0.1, rate2: 0.01, learningRate: 0.01 },
  },
  { name: 'lamb', rule: lambRule, slots: 2, settings: { ...lamb, maxTrust: 1e9 } },
  { name: 'lamb, trust of 1 at most', rule: lambRule, slots: 2, settings: { ...lamb, maxTrust: 1 } },
  { name: 'lamb, not adapted', rule: lambRule, slots: 2, settings: { ...lamb, maxTrust: 0 } },
];

// One for several threads, one shorter than a vector, one slightly longer than a vector, and a scalar.
const shapes = [[3, 3, 37, 100], [5], [17], []];

beforeAll(async () => {
  await loadEngine({ backend: 'cpu', threads: 2, deterministic: true });
  if (hasTensorflow) await loadEngine({ backend: 'tensorflow' });
});

describe.each(cases)('$name', (testCase) => {
  testNative.each([
    ['as they are', {}],
    ['clipped by norm and value', { factor: 0.7, bound: 0.4 }],
  ] as const)('native and plain ops agree, gradients %s', async (_name, clip) => {
    const plain = await on('cpu', () => run(testCase, clip));
    const native = await on('tensorflow', () => run(testCase, clip));
    const unfused = await on('tensorflow', () => withoutOps(() => run(testCase, clip)));
    for (const [i, values] of plain.entries()) {
      expect(distance(native[i]!, values)).toBeLessThan(1e-6);
      expect(distance(unfused[i]!, values)).toBeLessThan(1e-6);
    }
  });

  test('inputs stay unchanged, and no tensor is leaked', async () => {
    for (const backend of hasTensorflow ? (['cpu', 'tensorflow'] as const) : (['cpu'] as const)) {
      await on(backend, () => {
        const updates = updatesOf(testCase);
        const tensors = updates.flatMap(({ weights, gradient, slots }) => [weights, gradient, ...slots]);
        const before = tensors.map((tensor) => bytes(tensor.dataSync() as Float32Array));
        withoutLeaks(() =>
          applyUpdates(testCase.rule, updates, {}, (_index, weights, slots) =>
            tf.dispose([weights, ...slots]),
          ),
        );
        expect(tensors.map((tensor) => bytes(tensor.dataSync() as Float32Array))).toEqual(before);
        tf.dispose(tensors);
      });
    }
  });
});

testNative('bits do not depend on the number of threads', async () => {
  const results = [];
  for (const threads of [1, 2, 3]) {
    setThreads(threads);
    results.push(
      await on('tensorflow', () =>
        [
          ...cases.flatMap((testCase) => run(testCase, { factor: 0.7, bound: 0.4 })),
          tf.tidy(() => globalNorm(updatesOf(cases[0]!).map(({ gradient }) => gradient)).dataSync()),
        ].map((values) => bytes(values as Float32Array)),
      ),
    );
  }
  setThreads(2);
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
});

test('more parameters than one native call takes', async () => {
  const lion = cases.find(({ name }) => name === 'lion')!;
  for (const backend of hasTensorflow ? (['cpu', 'tensorflow'] as const) : (['cpu'] as const)) {
    await on(backend, () =>
      tf.tidy(() => {
        const updates = Array.from({ length: 4 }, (_, i) => ({
          weights: tf.fill([1200, 1200], i),
          gradient: tf.ones([1200, 1200]),
          slots: [tf.zeros([1200, 1200])],
          settings: lion.settings,
        }));
        const order: number[] = [];
        applyUpdates(lion.rule, updates, {}, (index, weights) => {
          order.push(index);
          expect(weights.dataSync()[7]).toBeCloseTo(0.99 * index - 0.01, 6);
        });
        expect(order).toEqual([0, 1, 2, 3]);
      }),
    );
  }
});

test('NaN stays NaN when gradients are clipped', async () => {
  for (const backend of hasTensorflow ? (['cpu', 'tensorflow'] as const) : (['cpu'] as const)) {
    await on(backend, () =>
      tf.tidy(() => {
        const gradient = tf.tensor1d([Number.NaN, 5]);
        const update = { weights: tf.zeros([2]), gradient, slots: [], settings: { ...sgd, weightDecay: 0 } };
        applyUpdates(sgdRule, [update], { bound: 1 }, (_index, weights) => {
          const [first, second] = weights.dataSync();
          expect(first).toBeNaN();
          expect(second).toBeCloseTo(-0.03, 6);
        });
      }),
    );
  }
});

test('a gradient of another shape is an error', async () => {
  await on('cpu', () =>
    tf.tidy(() => {
      const update = { weights: tf.zeros([2, 3]), gradient: tf.zeros([3, 2]), slots: [], settings: sgd };
      expect(() => applyUpdates(sgdRule, [update], {}, () => {})).toThrow('expected [2,3], got [3,2]');
    }),
  );
});

test('the norm of a list, and interpolation of lists', async () => {
  for (const backend of hasTensorflow ? (['cpu', 'tensorflow'] as const) : (['cpu'] as const)) {
    await on(backend, () =>
      withoutLeaks(() =>
        tf.tidy(() => {
          const lists = ['a', 'b'].map((name) => shapes.map((shape) => random(name, shape)));
          const [from, to] = lists as [tf.Tensor[], tf.Tensor[]];
          const values = from.map((tensor) => tensor.dataSync());
          const squares = values.flatMap((list) => Array.from(list, (x) => x * x));
          const norm = Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
          expect(globalNorm(from).dataSync()[0]! / norm).toBeCloseTo(1, 6);
          expect(globalNorm([]).dataSync()[0]).toBe(0);
          for (const amount of [0, 0.001, 0.5, 1]) {
            const moved = lerpAll(from, to, amount);
            for (const [i, tensor] of moved.entries()) {
              const target = to[i]!.dataSync();
              const expected = Float32Array.from(
                values[i] as Float32Array,
                (x, k) => x + amount * (target[k]! - x),
              );
              expect(distance(tensor.dataSync() as Float32Array, expected)).toBeLessThan(1e-6);
              if (amount === 0)
                expect(bytes(tensor.dataSync() as Float32Array)).toBe(bytes(values[i] as Float32Array));
              if (amount === 1)
                expect(bytes(tensor.dataSync() as Float32Array)).toBe(bytes(target as Float32Array));
            }
          }
          expect(() => lerpAll(from, to.slice(1), 0.5)).toThrow('expected [3,3,37,100], got [5]');
          expect(() => lerpAll(from, [...to, to[0]!], 0.5)).toThrow('expected 4 tensors, got 5');
        }),
      ),
    );
  }
});

function updatesOf({ slots, settings }: Case) {
  return shapes.map((shape, i) => ({
    weights: random(`weights ${i}`, shape),
    gradient: random(`gradient ${i}`, shape),
    // Averages of squares are never below the square of the average.
    slots: Array.from({ length: slots }, (_, k) => random(`slot ${k}`, shape, k === 0 ? [0.1, 1] : [0, 0.1])),
    settings,
  }));
}

function run(testCase: Case, clip: { readonly factor?: number; readonly bound?: number }): Float32Array[] {
  return tf.tidy(() => {
    const { factor, bound } = clip;
    const options: UpdateOptions = { factor: factor === undefined ? undefined : tf.scalar(factor), bound };
    const results: Float32Array[] = [];
    applyUpdates(testCase.rule, updatesOf(testCase), options, (_index, weights, slots) => {
      for (const tensor of [weights, ...slots]) results.push(tensor.dataSync() as Float32Array);
    });
    return results;
  });
}

const drawn = new Map<string, Float32Array>();

function random(
  name: string,
  shape: readonly number[],
  [from, to]: readonly [number, number] = [-1, 1],
): tf.Tensor {
  const size = tf.util.sizeFromShape([...shape]);
  const key = `${name} ${size}`;
  let values = drawn.get(key);
  if (values === undefined) {
    values = new Float32Array(size);
    Rng.fromSeed(name).fillUniform(values, from, to);
    drawn.set(key, values);
  }
  return tf.tensor(values.slice(), [...shape]);
}

function setThreads(count: number): void {
  const require = createRequire(import.meta.url);
  const path = Object.keys(require.cache).find((file) => file.includes('podium_ops'))!;
  (require(path) as { setThreads(count: number): void }).setThreads(count);
}

async function on<T>(backend: 'cpu' | 'tensorflow', f: () => T): Promise<T> {
  await tf.setBackend(backend);
  return f();
}

/** Runs `f` without Podium's own ops, as on a GPU. */
function withoutOps<T>(f: () => T): T {
  const native = state.native as unknown as { hasPodiumOps: boolean };
  native.hasPodiumOps = false;
  try {
    return f();
  } finally {
    native.hasPodiumOps = true;
  }
}

/** For comparing bits, which is slow value by value. */
function bytes(values: Float32Array): string {
  return hashBytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

/** L2 norm of the difference, relative to that of the reference. */
function distance(actual: Float32Array, expected: Float32Array): number {
  let difference = 0;
  let norm = 0;
  expected.forEach((value, i) => {
    difference += (value - actual[i]!) ** 2;
    norm += value ** 2;
  });
  return Math.sqrt(difference / Math.max(norm, 1e-12));
}
