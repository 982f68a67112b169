import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { describeNative } from '../test/native.ts';
import { conv2d } from './kernels/index.ts';
import { loadEngine } from './load.ts';
import { chromeTrace, formatProfile, type Profile, profile, summarize } from './profiler.ts';

beforeAll(async () => {
  await loadEngine({ backend: 'tensorflow', threads: 2 });
});

const made: Profile = {
  milliseconds: 10,
  peakBytes: 12_000_000,
  events: [
    { name: 'Conv2D', start: 0, milliseconds: 4, inputs: [[1, 8], [8]], outputs: [[1, 8]], bytes: 2_000_000 },
    { name: 'Relu', start: 4.5, milliseconds: 1, inputs: [[1, 8]], outputs: [[1, 8]], bytes: 1_000_000 },
    { name: 'Conv2D', start: 6, milliseconds: 2, inputs: [[2, 8], [8]], outputs: [[2, 8]], bytes: 500_000 },
  ],
};

describeNative('profile', () => {
  test.each(['tensorflow', 'cpu'] as const)('records every kernel on %s', async (backend) => {
    await loadEngine({ backend });
    const x = tf.ones([1, 8, 8, 2]) as tf.Tensor4D;
    const weight = tf.ones([3, 3, 2, 4]) as tf.Tensor4D;
    const { value, profile: record } = await profile(() =>
      tf.tidy(() => tf.relu(conv2d(x, weight, { padding: 1 }))),
    );
    const convolution = record.events.find(({ name }) => name === 'Conv2D');
    expect(convolution).toMatchObject({ outputs: [[1, 8, 8, 4]], bytes: 8 * 8 * 4 * 4 });
    expect(record.events.map(({ name }) => name)).toContain('Relu');
    const inKernels = record.events.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    expect(inKernels).toBeGreaterThan(0);
    expect(inKernels).toBeLessThanOrEqual(record.milliseconds);
    tf.dispose([value, x, weight]);
    await loadEngine({ backend: 'tensorflow' });
  });

  test('stops recording when the function throws', async () => {
    await expect(
      profile(() => {
        throw new Error('on purpose');
      }),
    ).rejects.toThrow('on purpose');
    const { value, profile: record } = await profile(() => tf.add(1, 2));
    expect(record.events).toHaveLength(1);
    value.dispose();
  });

  test('is summed per kernel, or per kernel and shapes', () => {
    expect(summarize(made)).toEqual([
      { name: 'Conv2D', calls: 2, milliseconds: 6, share: 0.6, bytes: 2_500_000 },
      { name: 'Relu', calls: 1, milliseconds: 1, share: 0.1, bytes: 1_000_000 },
    ]);
    expect(summarize(made, { shapes: true }).map(({ name, shapes }) => `${name} ${shapes}`)).toEqual([
      'Conv2D [1,8] [8]',
      'Conv2D [2,8] [8]',
      'Relu [1,8]',
    ]);
  });

  test('reads as a table', () => {
    expect(formatProfile(made)).toMatchInlineSnapshot(`
      "kernel             calls    ms   share  output MB
      Conv2D                 2  6.00  60.0 %        2.5
      Relu                   1  1.00  10.0 %        1.0
      (outside kernels)         3.00  30.0 %
      10.00 ms in total, peak memory of tensors 12.0 MB
      "
    `);
  });

  test('opens in a trace viewer', () => {
    const trace = JSON.parse(chromeTrace(made));
    expect(trace.traceEvents).toHaveLength(3);
    expect(trace.traceEvents[1]).toEqual({
      name: 'Relu',
      cat: 'kernel',
      ph: 'X',
      ts: 4500,
      dur: 1000,
      pid: 1,
      tid: 1,
      args: { inputs: ['[1,8]'], outputs: ['[1,8]'], bytes: 1_000_000 },
    });
  });
});
