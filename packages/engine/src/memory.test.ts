import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { describeNative, testBfloat16 } from '../test/native.ts';
import { castTo } from './kernels/index.ts';
import { loadEngine } from './load.ts';
import { memory, readValues, resetPeakMemory, withoutLeaks } from './memory.ts';

beforeAll(async () => {
  await loadEngine({ backend: 'tensorflow', threads: 2 });
});

describeNative('memory', () => {
  test('readValues frees its own tensors, and no others', () => {
    const [x, variable] = [tf.tensor1d([1, 2]), tf.variable(tf.tensor1d([3, 4]))];
    const { numTensors } = tf.memory();
    expect([...readValues(() => tf.add(tf.mul(x, 2), 1))]).toEqual([3, 5]);
    expect([...readValues(() => x), ...readValues(() => variable)]).toEqual([1, 2, 3, 4]);
    expect(tf.memory().numTensors).toBe(numTensors);
    expect([x.isDisposed, variable.isDisposed]).toEqual([false, false]);
    tf.dispose([x, variable]);
  });

  testBfloat16('counts bfloat16 as two bytes, views once, and the peak', () => {
    resetPeakMemory();
    const { bytes, tensors } = memory();
    const x = tf.ones([1000]);
    expect(memory()).toMatchObject({ bytes: bytes + 4000, tensors: tensors + 1 });
    const half = castTo(x, 'bfloat16');
    expect(memory().bytes).toBe(bytes + 6000);
    const view = tf.clone(half);
    expect(memory().bytes).toBe(bytes + 6000);
    tf.dispose([x, half]);
    expect(memory().bytes).toBe(bytes + 2000);
    view.dispose();
    expect(memory()).toMatchObject({ bytes, tensors });
    expect(memory().peakBytes).toBe(bytes + 6000);
    expect(memory().peakRss).toBeGreaterThan(50e6);
  });
});

describeNative('withoutLeaks', () => {
  test('accepts a step without leaks, and its returned tensors', () => {
    const kept = withoutLeaks(() => tf.tidy(() => ({ loss: tf.add(tf.scalar(1), 2), steps: 3 })));
    expect(kept.loss.dataSync()[0]).toBe(3);
    kept.loss.dispose();
  });

  test('tells how much a step leaked', () => {
    let forgotten: tf.Tensor | undefined;
    expect(() =>
      withoutLeaks(() => {
        forgotten = tf.ones([10]);
      }),
    ).toThrow(/leaked tensors.*\(40 bytes more/s);
    expect(() => withoutLeaks(() => forgotten?.dispose())).toThrow(
      /disposed of tensors that it did not create/,
    );
  });

  test('rejects a promise, whose tensors it cannot count', () => {
    expect(() => withoutLeaks(async () => 1)).toThrow(/does not return a promise/);
  });
});
