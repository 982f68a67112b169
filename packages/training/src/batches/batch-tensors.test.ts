import { Rng } from '@podium/core';
import { loadEngine, withoutLeaks } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import type { Head } from '../losses/index.ts';
import type { TrainingBatch } from './batch.ts';
import { toTensors } from './batch-tensors.ts';

beforeAll(async () => {
  await loadEngine({ backend: 'auto', threads: 2 });
});

const label: Head = { name: 'label', classes: 3, loss: { name: 'cross-entropy' } };
const tags: Head = { name: 'tags', classes: 2, loss: { name: 'binary-cross-entropy' } };

function batch(changes: Partial<TrainingBatch> = {}): TrainingBatch {
  return {
    images: Uint8Array.from({ length: 2 * 4 * 3 }, (_, i) => 10 * i),
    shape: [2, 2, 2, 3],
    ids: ['a', 'b'],
    targets: { label: Int32Array.of(2, 0) },
    epoch: 0,
    step: 0,
    steps: 1,
    ...changes,
  };
}

const read = (tensor: tf.Tensor | undefined) =>
  tensor === undefined ? undefined : Array.from(tensor.dataSync());

test('bytes become (value / 255 - mean) / std, each channel by its own', () => {
  const normalization = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
  const x = withoutLeaks(() => tf.tidy(() => read(toTensors(batch(), [label], { normalization }).x)));
  const expected = Array.from(batch().images, (value, i) =>
    Math.fround((value / 255 - normalization.mean[i % 3]!) / normalization.std[i % 3]!),
  );
  expect(x).toEqual(expected);
});

test('floats stay as they are', () => {
  const images = Float32Array.from({ length: 24 }, (_, i) => i - 3);
  tf.tidy(() => void expect(read(toTensors(batch({ images }), [label]).x)).toEqual([...images]));
});

test('missing labels and weights of samples', () => {
  tf.tidy(() => {
    const plain = toTensors(batch(), [label]);
    expect(plain.sampleWeights.label).toBeUndefined();
    expect(plain.targets.label?.dtype).toBe('int32');
    const missing = toTensors(batch({ targets: { label: Int32Array.of(-1, 1) } }), [label]);
    expect(read(missing.sampleWeights.label)).toEqual([0, 1]);
    const weighted = toTensors(batch({ weights: Float32Array.of(0.5, 2) }), [label]);
    expect(read(weighted.sampleWeights.label)).toEqual([0.5, 2]);
    const soft = toTensors(batch({ targets: { label: Float32Array.of(0, 0, 0, 0.5, 0.5, 0) } }), [label]);
    expect(read(soft.sampleWeights.label)).toEqual([0, 1]);
    // Nothing being there is an answer where each class is true or false.
    const none = toTensors(batch({ targets: { tags: Int32Array.of(0, 0, 1, 0) } }), [tags]);
    expect(none.sampleWeights.tags).toBeUndefined();
    expect(none.targets.tags?.shape).toEqual([2, 2]);
  });
});

test('a mixer sees all heads side by side, and its targets are given back to them', () => {
  const targets = { label: Int32Array.of(2, -1), tags: Float32Array.of(1, 0, 0, 1) };
  const mixer = {
    apply: (given: {
      pixels: Uint8Array | Float32Array;
      shape: TrainingBatch['shape'];
      targets: Float32Array;
    }) => {
      expect([...given.targets]).toEqual([0, 0, 1, 1, 0, 0, 0, 0, 0, 1]);
      return { ...given, targets: given.targets.map((value) => value / 2) };
    },
  };
  tf.tidy(() => {
    const mixed = toTensors(batch({ targets }), [label, tags], { mixer, rng: Rng.fromSeed(1) });
    expect(read(mixed.targets.label)).toEqual([0, 0, 0.5, 0, 0, 0]);
    expect(read(mixed.targets.tags)).toEqual([0.5, 0, 0, 0.5]);
    expect(read(mixed.sampleWeights.label)).toEqual([1, 0]);
    expect(mixed.sampleWeights.tags).toBeUndefined();
  });
});

test.each([
  [
    { targets: { label: Int32Array.of(3, 0) } },
    /targets\.label.*class of "a".*0 to 2, or -1 for no label, got 3/,
  ],
  [{ targets: {} }, /targets\.label.*got none/],
  [{ targets: { label: Int32Array.of(1) } }, /2 classes, or 2 x 3 numbers, got 1 numbers/],
  [{ ids: ['a'] }, /2 ids, got \[2,2,2,3\], 24 values, 1 ids/],
  [{ images: new Uint8Array(5) }, /got \[2,2,2,3\], 5 values/],
] as [Partial<TrainingBatch>, RegExp][])('what does not fit is said: %#', (changes, message) => {
  expect(() => tf.tidy(() => void toTensors(batch(changes), [label]))).toThrow(message);
});
