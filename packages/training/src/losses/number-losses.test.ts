import { readFileSync } from 'node:fs';
import { loadEngine, valueAndGradients } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { createHeadsLoss, createLoss, type Head, type LossOptions, losses, taskOf } from './index.ts';

beforeEach(async () => {
  await loadEngine({ backend: 'auto', threads: 2 });
});

interface Reference {
  readonly shape: [number, number];
  readonly outputs: number[];
  readonly targets: number[];
  readonly cases: {
    readonly name: string;
    readonly options: LossOptions;
    readonly sampleWeights: number[] | null;
    readonly columnWeights: number[] | null;
    readonly value: number;
    readonly gradient: number[];
  }[];
}

const reference = JSON.parse(
  readFileSync(new URL('../fixtures/number-losses.json', import.meta.url), 'utf8'),
) as Reference;
const names = losses.list().flatMap(({ name, targets }) => (targets === 'numbers' ? [name] : []));

test.each(reference.cases)(
  'PyTorch agrees on $name',
  ({ options, sampleWeights, columnWeights, value, gradient }) => {
    const loss = createLoss({ ...options, ...(columnWeights && { columnWeights }) } as LossOptions);
    tf.tidy(() => {
      const at = tf.tensor2d(reference.outputs, reference.shape);
      const targets = tf.tensor2d(reference.targets, reference.shape);
      const weights = sampleWeights === null ? undefined : tf.tensor1d(sampleWeights);
      const ours = valueAndGradients(() => loss.call(at, targets, { sampleWeights: weights }), [at]);
      expect(ours.value.dataSync()[0]).toBeCloseTo(value, 5);
      for (const [i, slope] of ours.gradients[0]!.dataSync().entries())
        expect(slope).toBeCloseTo(gradient[i]!, 5);
    });
  },
);

describe.each(names)('%s', (name) => {
  const loss = createLoss({ name } as LossOptions);

  test('has PyTorch numbers', () => {
    expect(reference.cases.map(({ options }) => options.name)).toContain(name);
  });

  test('a missing number changes nothing, and far ones stay finite', () => {
    tf.tidy(() => {
      const at = tf.tensor2d([1, 2, 1e4, -1e4], [4, 1]);
      const targets = tf.tensor2d([1, Number.NaN, -1e4, 1e4], [4, 1]);
      const sampleWeights = tf.tensor1d([1, 0, 1, 1]);
      const { value, gradients } = valueAndGradients(() => loss.call(at, targets, { sampleWeights }), [at]);
      expect(Number.isFinite(value.dataSync()[0])).toBe(true);
      const slopes = [...gradients[0]!.dataSync()];
      expect(slopes.every(Number.isFinite)).toBe(true);
      expect(Math.abs(slopes[1]!)).toBe(0);
    });
  });

  test('rejects classes', () => {
    tf.tidy(() => {
      expect(() => loss.call(tf.zeros([2, 2]), tf.tensor1d([0, 1], 'int32'))).toThrow(
        `targets of the loss "${name}": expected numbers [2,2], got int32 [2]`,
      );
    });
  });
});

describe('heads of numbers', () => {
  const age: Head = {
    name: 'age',
    classes: 2,
    loss: { name: 'squared-error' },
    scale: { mean: [40, 170], std: [10, 5] },
  };

  test('learn standardized targets, beside heads of classes', () => {
    const loss = createHeadsLoss([{ name: 'mask', classes: 2, loss: { name: 'cross-entropy' } }, age]);
    tf.tidy(() => {
      const logits = tf.tensor2d([1, 0, 1, 0, 0, 1, 0, 2], [2, 4]);
      const targets = { mask: tf.tensor1d([0, 1], 'int32'), age: tf.tensor2d([50, 170, 40, 175], [2, 2]) };
      // Off by 0, 0, 0 and one standard deviation.
      expect(loss.call(logits, targets).byHead.age!.dataSync()[0]).toBeCloseTo(1 / 4, 6);
    });
    expect(taskOf(age)).toBe('regression');
  });

  test.each<[string, Partial<Head>, RegExp]>([
    [
      'a loss of classes',
      { task: 'regression', loss: { name: 'focal' } },
      /predicts numbers: expected .*huber/,
    ],
    ['a loss of numbers for classes', { task: 'single-label' }, /have one class: expected .*cross-entropy/],
    [
      'a scale of other columns',
      { scale: { mean: [0], std: [1] } },
      /age.scale: expected .* each of 2 columns/,
    ],
    ['no variation', { scale: { mean: [0, 0], std: [1, 0] } }, /age.scale/],
  ])('reject %s', (_, wrong, message) => {
    expect(() =>
      tf.tidy(() => {
        const loss = createHeadsLoss([{ ...age, ...wrong }]);
        loss.call(tf.zeros([1, 2]), { age: tf.zeros([1, 2]) });
      }),
    ).toThrow(message);
  });
});
