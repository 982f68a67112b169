import * as tf from '@tensorflow/tfjs-core';
import { assert, asyncProperty, constantFrom, integer, oneof, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectClose, noise, runOn, type Values } from '../../test/wasm/both-backends.ts';

/** One convolution; `multiplier` is used by depthwise ones, `filters` by the others. */
interface Convolution {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly filters: number;
  readonly multiplier: number;
  readonly kernel: readonly [number, number];
  readonly strides: [number, number];
  readonly dilations: [number, number];
  readonly pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
  readonly dimRoundingMode: 'floor' | 'round' | 'ceil' | undefined;
  readonly seed: number;
}

const side = integer({ min: 0, max: 4 });
const explicit = record({ t: side, b: side, l: side, r: side }).map(
  ({ t, b, l, r }): tf.backend_util.ExplicitPadding => [
    [0, 0],
    [t, b],
    [l, r],
    [0, 0],
  ],
);
const pair = (max: number) =>
  record({ h: integer({ min: 1, max }), w: integer({ min: 1, max }) }).map(({ h, w }): [number, number] => [
    h,
    w,
  ]);

const convolution = record<Convolution>({
  batch: integer({ min: 1, max: 3 }),
  height: integer({ min: 1, max: 11 }),
  width: integer({ min: 1, max: 11 }),
  channels: integer({ min: 1, max: 9 }),
  filters: integer({ min: 1, max: 9 }),
  multiplier: integer({ min: 1, max: 3 }),
  kernel: pair(5),
  strides: pair(3),
  dilations: pair(3),
  pad: oneof(constantFrom<'same' | 'valid'>('same', 'valid'), side, explicit),
  dimRoundingMode: constantFrom('floor', 'round', 'ceil', undefined),
  seed: integer({ min: 0, max: 1_000_000 }),
}).map((conv) => (typeof conv.pad === 'number' ? conv : { ...conv, dimRoundingMode: undefined }));

/** The convolution with a dilated filter, which the JavaScript kernels need. */
function undilated(conv: Convolution): Convolution {
  const [kh, kw] = conv.kernel;
  const [dh, dw] = conv.dilations;
  return { ...conv, kernel: [(kh - 1) * dh + 1, (kw - 1) * dw + 1], dilations: [1, 1] };
}

function geometry(conv: Convolution, depthwise: boolean): tf.backend_util.Conv2DInfo {
  const { batch, height, width, channels, strides, dilations, pad, dimRoundingMode } = conv;
  const filter = filterShape(conv, depthwise);
  const image: [number, number, number, number] = [batch, height, width, channels];
  return tf.backend_util.computeConv2DInfo(
    image,
    filter,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    depthwise,
  );
}

function filterShape(conv: Convolution, depthwise: boolean): [number, number, number, number] {
  return [...conv.kernel, conv.channels, depthwise ? conv.multiplier : conv.filters];
}

/** Removes the zeros of a dilated filter `[kh,kw,...]`, and the reverse. */
function pickTaps(filter: tf.Tensor, [dh, dw]: readonly [number, number]): tf.Tensor {
  return tf.stridedSlice(filter, [0, 0, 0, 0], filter.shape, [dh, dw, 1, 1]);
}

function spreadTaps(filter: tf.Tensor, conv: Convolution): tf.Tensor {
  const [, kw, c, k] = filter.shape as [number, number, number, number];
  const [height, width] = undilated(conv).kernel;
  const spread = tf.buffer([height, width, c, k]);
  for (const [i, value] of filter.dataSync().entries()) {
    const tap = Math.floor(i / (c * k));
    const y = Math.floor(tap / kw) * conv.dilations[0];
    const x = (tap % kw) * conv.dilations[1];
    spread.values[(y * width + x) * c * k + (i % (c * k))] = value;
  }
  return spread.toTensor();
}

function filterGradient(conv: Convolution, depthwise: boolean): tf.Tensor {
  const { outShape, inShape } = geometry(conv, depthwise);
  const x = noise(inShape, conv.seed);
  const dy = noise(outShape, conv.seed + 1);
  const { strides, pad, dimRoundingMode, dilations } = conv;
  const attrs = { strides, pad, dimRoundingMode, dilations, filterShape: filterShape(conv, depthwise) };
  const name = depthwise ? tf.DepthwiseConv2dNativeBackpropFilter : tf.Conv2DBackpropFilter;
  return tf
    .engine()
    .runKernel(name, { x, dy }, { ...attrs, dataFormat: 'NHWC' } as unknown as tf.NamedAttrMap);
}

function inputGradient(conv: Convolution, depthwise: boolean, filter: tf.Tensor): tf.Tensor {
  const { outShape, inShape } = geometry(conv, depthwise);
  const dy = noise(outShape, conv.seed + 1);
  const { strides, pad, dimRoundingMode, dilations } = conv;
  const attrs = { strides, pad, dimRoundingMode, dilations, inputShape: inShape, dataFormat: 'NHWC' };
  const name = depthwise ? tf.DepthwiseConv2dNativeBackpropInput : tf.Conv2DBackpropInput;
  return tf.engine().runKernel(name, { dy, filter }, attrs as unknown as tf.NamedAttrMap);
}

/** Whether the window fits into the padded image. */
function exists(conv: Convolution): boolean {
  const { outHeight, outWidth } = geometry(conv, false);
  return outHeight > 0 && outWidth > 0;
}

async function compareAll(conv: Convolution, depthwise: boolean): Promise<void> {
  const plain = undilated(conv);
  const what = JSON.stringify({ depthwise, ...conv });
  const filters = await runOn('cpu', () => pickTaps(filterGradient(plain, depthwise), conv.dilations));
  expectClose(await runOn('wasm', () => filterGradient(conv, depthwise)), filters, 1e-5, `filter of ${what}`);

  const filter = (): tf.Tensor => noise(filterShape(conv, depthwise), conv.seed + 2);
  const images = await runOn('cpu', () => inputGradient(plain, depthwise, spreadTaps(filter(), conv)));
  const got = await runOn('wasm', () => inputGradient(conv, depthwise, filter()));
  expectClose(got, images, 1e-5, `input of ${what}`);
}

describe.each([
  ['convolution', false],
  ['depthwise convolution', true],
])('gradients of a %s', (_name, depthwise) => {
  it('equal those of the JavaScript backend, for any geometry', async () => {
    await assert(
      asyncProperty(convolution.filter(exists), (conv) => compareAll(conv, depthwise)),
      { numRuns: 150 },
    );
  });

  // Sizes that take several steps, with a shorter last step.
  it.each<Partial<Convolution>>([
    { batch: 3, height: 17, width: 19 },
    { batch: 2, height: 33, width: 31, strides: [2, 2], kernel: [7, 7] },
    { batch: 2, height: 20, width: 20, kernel: [1, 1], channels: 32, filters: 40, multiplier: 1 },
    {
      batch: 2,
      height: 9,
      width: 9,
      channels: 40,
      filters: 33,
      dilations: [2, 3],
      pad: [
        [0, 0],
        [2, 1],
        [0, 3],
        [0, 0],
      ],
    },
  ])('are right over several steps: %j', async (part) => {
    const conv: Convolution = {
      batch: 1,
      height: 8,
      width: 8,
      channels: 5,
      filters: 6,
      multiplier: 2,
      kernel: [3, 3],
      strides: [1, 1],
      dilations: [1, 1],
      pad: 'same',
      dimRoundingMode: undefined,
      seed: 7,
      ...part,
    };
    await compareAll(conv, depthwise);
  });
});

describe('gradients of a convolution', () => {
  it('are the transposes of the forward kernel: <dy, x * w> = <dx, x> = <dw, w>', async () => {
    const x = (): tf.Tensor4D => noise([2, 9, 8, 5], 1) as tf.Tensor4D;
    const w = (): tf.Tensor4D => noise([3, 3, 5, 4], 2) as tf.Tensor4D;
    const [{ values }] = (await runOn('wasm', () => {
      const gradients = tf.grads((image, filter) => {
        const y = tf.conv2d(image as tf.Tensor4D, filter as tf.Tensor4D, [2, 1], 'same');
        return tf.sum(tf.mul(y, noise(y.shape, 3)));
      });
      const y = tf.conv2d(x(), w(), [2, 1], 'same');
      const [dx, dw] = gradients([x(), w()]) as [tf.Tensor, tf.Tensor];
      return tf.stack([
        tf.sum(tf.mul(y, noise(y.shape, 3))),
        tf.sum(tf.mul(dx, x())),
        tf.sum(tf.mul(dw, w())),
      ]);
    })) as [Values];
    const [forward, byInput, byFilter] = values as [number, number, number];
    expect(byInput).toBeCloseTo(forward, 4);
    expect(byFilter).toBeCloseTo(forward, 4);
  });

  it('reject channels first, as the forward kernel does', async () => {
    await runOn('wasm', () => []);
    const image = tf.zeros([1, 2, 4, 4]);
    const attrs = { strides: 1, pad: 'valid', dataFormat: 'NCHW', filterShape: [1, 1, 2, 2] };
    expect(() =>
      tf
        .engine()
        .runKernel(tf.Conv2DBackpropFilter, { x: image, dy: image }, attrs as unknown as tf.NamedAttrMap),
    ).toThrow(/expected NHWC, got NCHW/);
    image.dispose();
  });
});
