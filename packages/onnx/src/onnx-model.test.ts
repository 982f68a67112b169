import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { namedValues } from '@podium/core';
import { loadEngine, memory } from '@podium/engine';
import { imagenetInput } from '@podium/model-zoo';
import * as tf from '@tensorflow/tfjs-core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportAndClassify } from '../test/export-and-classify.ts';
import { compare, namedModel, worst } from '../test/named-model.ts';
import { exportOnnx } from './export-onnx.ts';
import { toFloat16 } from './graph/float16.ts';
import { onnxModel } from './onnx-model.ts';

const folder = mkdtempSync(join(tmpdir(), 'podium-onnx-'));
beforeAll(async () => {
  await loadEngine({ threads: 1 });
});
afterAll(() => rmSync(folder, { recursive: true }));

const imageSize = [64, 96] as const;

// Small ones that together have the layers of all families; `npm run test:onnx` compares every family.
describe('logits from ONNX Runtime', () => {
  test.each(['mobilenetv3_small_050', 'regnety_002', 'test_convnext', 'test_nfnet', 'edgenext_xx_small'])(
    '%s',
    async (name) => {
      const model = namedModel(name, { numClasses: 5, imageSize });
      const { deviation } = await compare(model, { imageSize });
      expect(deviation).toBeLessThan(1e-4);
      model.dispose();
    },
    120_000,
  );
});

describe('options', () => {
  const small = () => {
    const model = namedModel('mobilenetv3_small_050', { heads: { animal: 3, color: 2 }, imageSize });
    model.input = { ...imagenetInput(64), imageSize };
    return model;
  };
  const pixels = Uint8Array.from(namedValues('input', 2 * 64 * 96 * 3), (value) => (value + 1) * 127);
  const logitsOf = (model: ReturnType<typeof small>) => {
    const { mean, std } = model.input!;
    const scaled = tf.div(
      tf.sub(tf.div(tf.tensor4d(pixels, [2, ...imageSize, 3], 'int32'), 255), [...mean]),
      [...std],
    );
    return model.call(scaled as tf.Tensor4D) as tf.Tensor2D;
  };

  test('pixels in, probabilities of each head out', async () => {
    const model = small();
    const { bytes, outputs } = onnxModel(model, {
      input: 'pixels',
      output: 'softmax',
      heads: { animal: 3, color: 2 },
    });
    expect(outputs.map(({ name }) => name)).toEqual(['animal', 'color']);
    const session = await InferenceSession.create(bytes);
    const results = await session.run({ images: new Tensor('uint8', pixels, [2, ...imageSize, 3]) });
    const logits = logitsOf(model);
    const expected = tf.softmax(tf.slice(logits, [0, 3], [2, 2])).dataSync() as Float32Array;
    expect(worst(results.color!.data as Float32Array, expected)).toBeLessThan(1e-4);
    await session.release();
  });

  test('float16 weights halve the file', async () => {
    const model = small();
    const whole = onnxModel(model);
    const { deviation, bytes } = await compare(model, { imageSize, weights: 'float16' });
    expect(bytes).toBeLessThan(0.55 * whole.bytes.length);
    expect(deviation).toBeGreaterThan(1e-6);
    expect(deviation).toBeLessThan(0.02);
  });

  test('a file has its labels and pixels described in it, and is written whole', async () => {
    const path = join(folder, 'model.onnx');
    const labels = ['cat', 'dog', 'cow', 'red', 'blue'];
    const { size } = await exportOnnx(small(), path, { labels, metadata: { run: '7' } });
    const text = readFileSync(path).toString('latin1');
    expect(text.length).toBe(size);
    for (const part of [JSON.stringify(labels), 'bicubic', '[0.485,0.456,0.406]'])
      expect(text).toContain(part);
    expect(readdirSync(folder)).toEqual(['model.onnx']);
  });

  test('wrong ones are named', () => {
    const model = small();
    expect(() => onnxModel(model, { opset: 16 })).toThrow(/opset.*17/);
    expect(() => onnxModel(model, { batch: 0 })).toThrow(/batch/);
    expect(() => onnxModel(model, { labels: ['cat'] })).toThrow(/5 names/);
    expect(() => onnxModel(model, { heads: { animal: 3 } })).toThrow(/5 classes in total/);
    model.input = undefined;
    expect(() => onnxModel(model)).toThrow(/imageSize/);
  });

  test('an export leaves no tensors behind', () => {
    const model = small();
    onnxModel(model);
    const before = memory().tensors;
    onnxModel(model);
    expect(memory().tensors).toBe(before);
  });
});

test('the example of docs/export.md gives probabilities', async () => {
  const model = namedModel('mobilenetv3_small_050', { numClasses: 3 });
  model.input = imagenetInput(224);
  const pixels = new Uint8Array(224 * 224 * 3).fill(100);
  const path = join(folder, 'example.onnx');
  const probabilities = await exportAndClassify(model, path, ['cat', 'dog', 'cow'], pixels);
  expect(probabilities.reduce((sum, value) => sum + value)).toBeCloseTo(1, 5);
});

test('float16 is rounded to the nearest, ties to even', () => {
  const values = Float32Array.of(
    0,
    -0,
    1,
    -2,
    65504,
    1e-8,
    2 ** -24,
    2 ** -14,
    1 + 2 ** -11,
    1 + 3 * 2 ** -11,
    1e6,
    0.1,
  );
  const expected = [0, 0x8000, 0x3c00, 0xc000, 0x7bff, 0, 1, 0x400, 0x3c00, 0x3c02, 0x7c00, 0x2e66];
  expect([...toFloat16(values)]).toEqual(expected);
});
