import { loadEngine, valueAndGradients, withoutLeaks } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  balancedClassWeights,
  createHeadsLoss,
  createLoss,
  type LossOptions,
  losses,
  taskOf,
} from './index.ts';

const BATCH = 4;
const CLASSES = 3;

beforeEach(async () => {
  await loadEngine({ backend: 'auto', threads: 2 });
});

/** Losses of numbers have tests of their own. */
const ofClasses = losses.list().filter(({ targets }) => targets !== 'numbers');

describe.each(ofClasses.map(({ name }) => name))('%s', (name) => {
  const loss = createLoss({ name } as LossOptions);
  const logits = () => tf.tensor2d([2, -1, 0.5, 0, 1, -2, 30, -30, 0, -1, 0, 1], [BATCH, CLASSES]);
  const labels = () => tf.tensor1d([0, 1, 1, 2], 'int32');

  test('classes equal one-hot targets, except with class weights', () => {
    withoutLeaks(() =>
      tf.tidy(() => {
        const [hard, soft] = [labels(), tf.oneHot(labels(), CLASSES)].map((targets) =>
          read(loss.call(logits(), targets)),
        );
        expect(hard).toBe(soft);
        expect(Number.isFinite(hard)).toBe(true);
      }),
    );
  });

  test('is lower for correct predictions', () => {
    tf.tidy(() => {
      const right = tf.mul(tf.oneHot(labels(), CLASSES), 4) as tf.Tensor2D;
      expect(read(loss.call(right, labels()))).toBeLessThan(read(loss.call(tf.neg(right), labels())));
    });
  });

  test('a sample of weight 0 changes nothing, whatever its target', () => {
    withoutLeaks(() =>
      tf.tidy(() => {
        const weights = tf.tensor1d([1, 2, 0, 0.5]);
        const soft = tf.softmax(tf.tensor2d([1, 2, 3, 1, 0, 0, 0, 0, 0, 3, 1, 1], [BATCH, CLASSES]));
        const missing = tf.tensor2d([0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0], [BATCH, CLASSES]);
        const broken = tf.where(tf.greater(missing, 0), tf.fill([BATCH, CLASSES], Number.NaN), soft);
        const [whole, holed] = [soft, broken].map((targets) => {
          const at = logits();
          const { value, gradients } = valueAndGradients(
            () => loss.call(at, targets, { sampleWeights: weights }),
            [at],
          );
          return [read(value), ...Array.from(gradients[0]!.dataSync())];
        });
        expect(holed).toEqual(whole);
        // Of the third sample.
        expect(whole?.slice(1 + 2 * CLASSES, 1 + 3 * CLASSES).map(Math.abs)).toEqual([0, 0, 0]);
        expect(read(loss.call(logits(), soft, { sampleWeights: tf.zeros([BATCH]) }))).toBe(0);
      }),
    );
  });

  test('distant logits have a finite loss and a finite gradient', () => {
    tf.tidy(() => {
      for (const far of [100, 1e4, 1e30]) {
        const at = tf.tensor2d([far, -far, 0, -far, far, far, 0, 0, far, -far, -far, -far], [BATCH, CLASSES]);
        const { value, gradients } = valueAndGradients(() => loss.call(at, labels()), [at]);
        expect(Number.isFinite(read(value)), String(far)).toBe(true);
        expect([...gradients[0]!.dataSync()].every(Number.isFinite), String(far)).toBe(true);
      }
    });
  });

  test('the means of parts, by their weights, give the mean of the whole', () => {
    // Macro F1 is a mean over classes.
    if (name === 'soft-macro-f1') return;
    tf.tidy(() => {
      const all = { sampleWeights: tf.tensor1d([1, 2, 0, 0.5]) };
      const whole = read(loss.call(logits(), labels(), all));
      const parts = [
        [0, 1],
        [1, 3],
      ].map(([start, size]) => {
        const x = logits().slice([start!, 0], [size!, CLASSES]) as tf.Tensor2D;
        const y = labels().slice(start!, size);
        const options = { sampleWeights: all.sampleWeights.slice(start!, size) };
        return [read(loss.call(x, y, options)), read(loss.weight(x, y, options))] as const;
      });
      const weights = parts.reduce((sum, [, weight]) => sum + weight, 0);
      expect(weights).toBe(3.5);
      expect(parts.reduce((sum, [value, weight]) => sum + value * weight, 0) / weights).toBeCloseTo(whole, 5);
    });
  });

  test('rejects what does not fit', () => {
    tf.tidy(() => {
      expect(() => loss.call(logits(), tf.zeros([BATCH - 1], 'int32'))).toThrow(
        `targets of the loss "${name}"`,
      );
      expect(() => loss.call(logits(), tf.zeros([BATCH, 2]))).toThrow(`numbers [${BATCH},${CLASSES}]`);
      expect(() => loss.call(tf.zeros([BATCH]) as never, labels())).toThrow('expected [B,K]');
      const sampleWeights = tf.zeros([2]) as tf.Tensor1D;
      expect(() => loss.call(logits(), labels(), { sampleWeights })).toThrow('sample weights');
      expect(() => createLoss({ name, smoothness: 1 } as never)).toThrow('no such setting');
    });
  });
});

test('class weights are one number >= 0 per class, in a list or a typed array', () => {
  const make = (classWeights: number[] | Float32Array) => createLoss({ name: 'cross-entropy', classWeights });
  tf.tidy(() => {
    const logits = tf.tensor2d([1, 2, 0, 0, 3, 1], [2, 3]);
    const labels = tf.tensor1d([0, 2], 'int32');
    expect(read(make(Float32Array.of(1, 2, 4)).call(logits, labels))).toBe(
      read(make([1, 2, 4]).call(logits, labels)),
    );
    expect(() => make([1, 2]).call(logits, labels)).toThrow('expected 3 numbers, one per class, got 2');
  });
  expect(() => make([1, -1])).toThrow(
    'classWeights[1]: loss "cross-entropy": expected a number >= 0, got -1',
  );
  for (const wrong of [[], new Float32Array(), Float32Array.of(1, Number.NaN)]) {
    expect(() => make(wrong)).toThrow('classWeights: loss "cross-entropy"');
  }
});

describe('heads', () => {
  const heads = createHeadsLoss([
    { name: 'mask', classes: 3, loss: { name: 'cross-entropy', labelSmoothing: 0.1 } },
    { name: 'gender', classes: 2, weight: 0.5, loss: { name: 'focal' } },
    {
      name: 'age',
      classes: 3,
      weight: 2,
      loss: [{ name: 'cross-entropy' }, { name: 'soft-macro-f1', weight: 0.3 }],
    },
  ]);
  const inputs = () => ({
    logits: tf.tensor2d(
      Array.from({ length: BATCH * 8 }, (_, i) => Math.sin(i * 1.7)),
      [BATCH, 8],
    ),
    targets: {
      mask: tf.tensor1d([0, 1, 2, 0], 'int32'),
      gender: tf.tensor1d([1, 0, -1, 1], 'int32'),
      age: tf.tensor1d([2, 2, 1, 0], 'int32'),
    },
  });

  test('sum the weighted losses, each on its own logits', () => {
    withoutLeaks(() =>
      tf.tidy(() => {
        const { logits, targets } = inputs();
        const [mask, gender, age] = tf.split(logits, [3, 2, 3], 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
        const sampleWeights = tf.tensor1d([1, 1, 0, 1]);
        const one = (options: LossOptions, logits: tf.Tensor2D, labels: tf.Tensor, weights?: tf.Tensor1D) =>
          read(createLoss(options).call(logits, labels, { sampleWeights: weights }));
        const expected = {
          mask: one({ name: 'cross-entropy', labelSmoothing: 0.1 }, mask, targets.mask),
          gender: one({ name: 'focal' }, gender, targets.gender, sampleWeights),
          age:
            one({ name: 'cross-entropy' }, age, targets.age) +
            0.3 * one({ name: 'soft-macro-f1' }, age, targets.age),
        };
        const { total, byHead } = heads.call(logits, targets, { sampleWeights: { gender: sampleWeights } });
        for (const [name, value] of Object.entries(expected)) {
          expect(read(byHead[name]!)).toBeCloseTo(value, 5);
        }
        expect(read(total)).toBeCloseTo(expected.mask + 0.5 * expected.gender + 2 * expected.age, 5);
      }),
    );
  });

  test('give a gradient to every logit with a label', () => {
    tf.tidy(() => {
      const { logits, targets } = inputs();
      const sampleWeights = { gender: tf.tensor1d([1, 1, 0, 1]) };
      const { gradients } = valueAndGradients(
        () => heads.call(logits, targets, { sampleWeights }).total,
        [logits],
      );
      const zeros = (gradients[0] as tf.Tensor2D).arraySync().map((row) => row.map((value) => value === 0));
      expect(zeros.flat().filter((zero) => zero)).toHaveLength(2);
      expect(zeros[2]?.slice(3, 5)).toEqual([true, true]);
    });
  });

  test('rejects what does not fit', () => {
    const loss = { name: 'cross-entropy' } as const;
    expect(() => createHeadsLoss([])).toThrow('one or more heads');
    expect(() => createHeadsLoss([1, 2].map(() => ({ name: 'a', classes: 2, loss })))).toThrow('named "a"');
    expect(() => createHeadsLoss([{ name: 'a', classes: 0, loss }])).toThrow('classes of a head');
    tf.tidy(() => {
      const { logits, targets } = inputs();
      const { age: _, ...some } = targets;
      expect(() => heads.call(logits, some)).toThrow('age: this head has no targets');
      expect(() => heads.call(tf.zeros([BATCH, 7]), targets)).toThrow('expected [B,8], got [4,7]');
    });
  });
});

describe('bi-tempered', () => {
  const logits = () => tf.tensor2d([1.5, -0.5, 0.25, -2, 3, 1, 8, -9, 0], [3, 3]);
  const labels = () => tf.tensor1d([0, 2, 1], 'int32');

  // The authors' code (google/bi-tempered-loss, tensorflow/loss.py) in NumPy, in float64: loss and gradient.
  test.each([
    [
      0.8,
      1.2,
      0,
      5,
      1.870055,
      [-0.074043, 0.024188, 0.049855, 0.000469, 0.148398, -0.148867, 0.017838, -0.017236, -0.000601],
    ],
    [
      0.8,
      4,
      0,
      5,
      0.885618,
      [-0.006857, 0.003242, 0.003615, 0.002148, 0.004589, -0.006736, 0.003301, -0.003846, 0.000545],
    ],
    [
      0.3,
      4,
      0.1,
      5,
      0.355171,
      [-0.003386, 0.001588, 0.001798, 0.000971, 0.002358, -0.003329, 0.001819, -0.001815, -0.000005],
    ],
    [
      0,
      2,
      0,
      5,
      0.488429,
      [-0.023326, 0.008753, 0.014573, -0.001419, 0.027273, -0.025854, 0.004564, -0.001774, -0.002791],
    ],
    [
      1,
      4,
      0,
      5,
      1.178413,
      [-0.008509, 0.004033, 0.004476, 0.002739, 0.005636, -0.008375, 0.004047, -0.004934, 0.000887],
    ],
    [
      0.8,
      1,
      0,
      5,
      2.245594,
      [-0.075578, 0.022068, 0.053509, 0.000155, 0.202678, -0.202833, 0.011209, -0.011124, -0.000085],
    ],
    [
      1,
      1,
      0,
      5,
      6.495044,
      [-0.098895, 0.031728, 0.067168, 0.001967, 0.291867, -0.293833, 0.333222, -0.333333, 0.000112],
    ],
  ] as const)(
    't1 = %d, t2 = %d, smoothing %d is that of its authors',
    (temperature1, temperature2, labelSmoothing, iterations, expected, slopes) => {
      tf.tidy(() => {
        const loss = createLoss({
          name: 'bi-tempered',
          temperature1,
          temperature2,
          labelSmoothing,
          iterations,
        });
        const at = logits();
        const { value, gradients } = valueAndGradients(() => loss.call(at, labels()), [at]);
        expect(read(value)).toBeCloseTo(expected, 5);
        [...gradients[0]!.dataSync()].forEach((slope, i) => {
          expect(slope).toBeCloseTo(slopes[i]!, 5);
        });
      });
    },
  );

  test.each([1, 1.2, 2, 4])(
    'the gradient is the slope of the loss at t2 = %d, far from the boundary, too',
    (temperature2) => {
      const loss = createLoss({ name: 'bi-tempered', temperature1: 0.8, temperature2 });
      const values = [20, -20, 0, 100, 0, 0];
      const at = (given: readonly number[]) => tf.tensor2d([...given], [2, 3]);
      const lossOf = (given: readonly number[]) =>
        tf.tidy(() => read(loss.call(at(given), tf.tensor1d([1, 1], 'int32'))));
      tf.tidy(() => {
        const x = at(values);
        const { gradients } = valueAndGradients(() => loss.call(x, tf.tensor1d([1, 1], 'int32')), [x]);
        const slopes = [...gradients[0]!.dataSync()];
        for (const [i, slope] of slopes.entries()) {
          const moved = (by: number) => lossOf(values.map((value, k) => value + (k === i ? by : 0)));
          expect(slope).toBeCloseTo((moved(0.5) - moved(-0.5)) / 1, 4);
        }
      });
    },
  );

  test('t1 = t2 = 1 is cross-entropy, also for distant logits', () => {
    tf.tidy(() => {
      const far = tf.tensor2d([500, -500, 0, -2, 3, 1], [2, 3]);
      const y = tf.tensor1d([1, 2], 'int32');
      const plain = read(createLoss({ name: 'cross-entropy' }).call(far, y));
      const same = createLoss({ name: 'bi-tempered', temperature1: 1, temperature2: 1 });
      expect(read(same.call(far, y))).toBeCloseTo(plain, 3);
    });
  });
});

describe('a head whose images have one class', () => {
  const head = { name: 'class', classes: 3, loss: { name: 'binary-cross-entropy' } } as const;

  test('may be trained by binary cross-entropy', () => {
    expect(taskOf({ ...head, task: 'single-label' })).toBe('single-label');
    expect(taskOf(head)).toBe('multi-label');
    const loss = createHeadsLoss([{ ...head, task: 'single-label' }]);
    tf.tidy(() => {
      const logits = tf.tensor2d([2, -1, 0.5, 0, 1, -2], [2, 3]);
      const { total } = loss.call(logits, { class: tf.tensor1d([0, 2], 'int32') });
      // torch.nn.functional.binary_cross_entropy_with_logits with one-hot targets
      expect(read(total)).toBeCloseTo(0.924601, 5);
    });
  });

  test('is not one whose images have several, which needs a loss for them', () => {
    expect(() =>
      createHeadsLoss([{ name: 'labels', classes: 3, task: 'multi-label', loss: { name: 'focal' } }]),
    ).toThrow(
      'labels: the loss of a head whose images have several labels: expected binary-cross-entropy, got "focal"',
    );
  });
});

describe('class weights', () => {
  test('are those of scikit-learn and of Cui et al.', () => {
    // compute_class_weight('balanced', classes=[0, 1, 2], y=[0] * 60 + [1] * 30 + [2] * 10)
    expect(balancedClassWeights([60, 30, 10])).toEqual([100 / 180, 100 / 90, 100 / 30]);
    // (1 - beta) / (1 - beta ** n), normalized to sum up to the number of classes, in Python
    const effective = balancedClassWeights([500, 50, 5], { method: 'effective', beta: 0.99 });
    const raw = [500, 50, 5].map((n) => (1 - 0.99) / (1 - 0.99 ** n));
    const sum = raw.reduce((a, b) => a + b, 0);
    effective.forEach((weight, i) => {
      expect(weight).toBeCloseTo((3 * raw[i]!) / sum, 10);
    });
    expect(balancedClassWeights([7, 3], { method: 'effective', beta: 0 })).toEqual([1, 1]);
  });

  test('classes that do not occur get 0', () => {
    expect(balancedClassWeights([2, 0, 2])).toEqual([1, 0, 1]);
    expect(balancedClassWeights([2, 0, 2], { method: 'effective' })).toEqual([1, 0, 1]);
  });

  test('reject bad counts and options', () => {
    expect(() => balancedClassWeights([1, -1])).toThrow('count of class 1');
    expect(() => balancedClassWeights([0, 0])).toThrow('counts of classes');
    expect(() => balancedClassWeights([1], { beta: 1 })).toThrow('expected a number < 1, got 1');
  });
});

function read(value: tf.Scalar): number {
  return value.dataSync()[0]!;
}
