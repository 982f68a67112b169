import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Rng } from '@podium/core';
import { loadEngine } from '@podium/engine';
import type { BatchNorm2d } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildModel } from '../build-model.ts';
import { createModel } from '../create-model.ts';
import reference from './fixtures/sklearn.json' with { type: 'json' };
import {
  applyTransfer,
  depthOf,
  extractFeatures,
  extractUntrainedFeatures,
  FeatureCache,
  type FeatureMatrix,
  fitLinearProbe,
  planFor,
  predictByNeighbors,
  predictByProbe,
  recommendTransfer,
  stageAt,
  toInput,
} from './index.ts';

beforeAll(async () => {
  await loadEngine({ threads: 2 });
});

let tensors = 0;
beforeAll(() => {
  tensors = tf.memory().numTensors;
});
afterEach(() => {
  expect(tf.memory().numTensors).toBe(tensors);
});

const ids = (count: number) => Array.from({ length: count }, (_, i) => `image${i}`);
const rows = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('the linear probe', () => {
  const features: FeatureMatrix = {
    ids: ids(60),
    values: Float32Array.from(reference.features.flat()),
    width: 5,
  };

  test.each(reference.cases.map((each) => [each.c, each] as const))(
    "is scikit-learn's with C = %d",
    (c, expected) => {
      const probe = fitLinearProbe(features, rows(60), reference.labels, 3, { c, maxIterations: 1000 });
      const scale = Math.max(...expected.weight.flat().map(Math.abs));
      expected.weight.flat().forEach((value, i) => {
        expect(Math.abs(probe.weight[i]! - value) / scale).toBeLessThan(0.01);
      });
      expect([...predictByProbe(probe, features, rows(60))]).toEqual(expected.answers);
    },
  );

  test('targets are labels with weights: a weight of 2 is the row twice, a soft target its share of each class', () => {
    const some = rows(20);
    const labels = reference.labels;
    const targets = new Float32Array(20 * 3);
    for (const row of some) targets[row * 3 + labels[row]!] = row < 5 ? 2 : 1;
    const weighted = fitLinearProbe(features, some, labels, 3, { targets });
    // The statistics of features count rows, not weights: those of the same rows have to be given to both.
    const twice = fitLinearProbe(features, some, [], 3, {
      targets: targets.map((value) => value / 2),
      c: 0.02,
    });
    weighted.weight.forEach((value, i) => {
      expect(value).toBeCloseTo(twice.weight[i]!, 3);
    });
    const plain = fitLinearProbe(features, some, labels, 3);
    const onehot = fitLinearProbe(features, some, [], 3, {
      targets: Float32Array.from({ length: 60 }, (_, i) => Number(labels[Math.floor(i / 3)] === i % 3)),
    });
    expect([...onehot.weight]).toEqual([...plain.weight]);
  });

  test('neighbors answer by majority, and of equals the nearest', () => {
    const values = Float32Array.of(1, 0, 0.9, 0.1, 0, 1, 0.1, 0.9, 1, 0.05, 0.02, 1);
    const matrix = { ids: ids(6), values, width: 2 };
    const labels = [0, 0, 1, 1, 0, 1];
    expect([...predictByNeighbors(matrix, [0, 1, 2, 3], [4, 5], labels, 3)]).toEqual([0, 1]);
    expect([...predictByNeighbors(matrix, [1, 2], [4, 5], labels, 2)]).toEqual([0, 1]);
  });
});

/** Features whose classes are `apart` standard deviations from each other, with an offset per group. */
function cluster(count: number, classes: number, apart: number, seed: string): FeatureMatrix {
  const width = 16;
  const rng = Rng.fromSeed(seed);
  const values = rng.fillNormal(new Float32Array(count * width));
  for (let i = 0; i < count; i++) {
    const at = i * width + (i % classes);
    values[at] = values[at]! + apart;
  }
  return { ids: ids(count), values, width };
}

describe('recommendTransfer', () => {
  const sample = (count: number, apart: number, apartAtRandom: number, total = count) => ({
    features: cluster(count, 4, apart, 'pretrained'),
    randomFeatures: cluster(count, 4, apartAtRandom, 'random'),
    labels: rows(count).map((i) => i % 4),
    classes: 4,
    groups: rows(count).map((i) => `person${Math.floor(i / 8)}`),
    total,
  });

  test.each([
    ['little-similar', sample(160, 2.5, 0.3)],
    ['enough-similar', sample(400, 6, 0.3, 20_000)],
    ['little-dissimilar', sample(160, 0.8, 0.8)],
    ['enough-dissimilar', sample(400, 0.8, 0.8, 20_000)],
  ])('finds the case %s, with evidence', (expected, given) => {
    const { case: found, evidence, plan, reasons, warnings } = recommendTransfer(given);
    expect(found).toBe(expected);
    expect(evidence.chance).toBe(0.25);
    expect(evidence.learningCurve.map(({ images }) => images)).toEqual(
      [...evidence.learningCurve.map(({ images }) => images)].sort((a, b) => a - b),
    );
    expect(plan).toBe(planFor(expected as 'little-similar'));
    expect(reasons.join(' ')).toMatch(/linear probe .* by chance 25\.0 %.*images per class/s);
    expect(warnings.join(' ').includes('pseudo labels')).toBe(expected === 'little-dissimilar');
    expect(recommendTransfer(given)).toEqual(recommendTransfer(given));
  });

  test('whole groups are held out: features that identify only the group do not predict the class', () => {
    const count = 160;
    const groups = rows(count).map((i) => `person${Math.floor(i / 4)}`);
    const labels = rows(count).map((i) => Math.floor(i / 4) % 4);
    const rng = Rng.fromSeed('faces');
    const faces = rows(40).map(() => rng.fillNormal(new Float32Array(32)));
    const values = Float32Array.from(rows(count).flatMap((i) => [...faces[Math.floor(i / 4)]!]));
    const features = { ids: ids(count), values, width: 32 };
    const given = { features, randomFeatures: cluster(count, 4, 0, 'r'), labels, classes: 4 };
    expect(recommendTransfer({ ...given, groups }).evidence.pretrained.neighbors).toBeLessThan(0.45);
    expect(recommendTransfer(given).evidence.pretrained.neighbors).toBeGreaterThan(0.55);
  });

  test('errors for what cannot be measured, warnings for what looks wrong', () => {
    const good = sample(160, 2, 0);
    expect(() => recommendTransfer({ ...good, labels: [1] })).toThrow(/labels: expected 160, one per row/);
    expect(() => recommendTransfer({ ...good, labels: good.labels.map(() => 0) })).toThrow(
      /class 1 in the sample: expected at least two groups, so that one can be held out, got 0/,
    );
    expect(() => recommendTransfer({ ...good, labels: good.labels.map(() => 9) })).toThrow(
      /labels\[0\]: expected 0 to 3, got 9/,
    );
    const values = good.features.values.slice();
    values[5] = Number.NaN;
    expect(() => recommendTransfer({ ...good, features: { ...good.features, values } })).toThrow(
      /features: feature 5 of "image0": expected a finite number, got NaN/,
    );
    expect(recommendTransfer(sample(160, 0, 0)).warnings.join(' ')).toMatch(/hardly beat chance/);
  });
});

describe('applyTransfer', () => {
  test('trains the classifier alone, with the statistics of the pretraining', () => {
    const model = buildModel('resnet18', { numClasses: 3 });
    applyTransfer(model, planFor('little-similar'));
    expect(
      model
        .namedParameters()
        .filter(([, { requiresGrad }]) => requiresGrad)
        .map(([path]) => path),
    ).toEqual(['fc.weight', 'fc.bias']);
    expect((model.getSubmodule('layer1.0.bn1') as unknown as BatchNorm2d).frozenStatistics).toBe(true);
  });

  test('then everything, slower toward the image', () => {
    const plan = planFor('little-dissimilar');
    const model = buildModel('resnet18', { numClasses: 3 });
    expect([0, 0.39, 0.4, 0.99, 1].map((share) => stageAt(plan, share).name)).toEqual([
      'head',
      'head',
      'all',
      'all',
      'all',
    ]);
    const rates = applyTransfer(model, plan, stageAt(plan, 0.5));
    expect(rates.get('fc.weight')).toBe(0.3);
    expect(rates.get('layer4.1.conv1.weight')).toBeCloseTo(0.1);
    expect(rates.get('layer4.0.conv1.weight')).toBeCloseTo(0.1 * 0.75);
    expect(rates.get('conv1.weight')).toBeCloseTo(0.1 * 0.75 ** 8);
    expect(model.parameters().every(({ requiresGrad }) => requiresGrad)).toBe(true);
  });

  test('depths count from the image to the head', () => {
    const depth = depthOf(buildModel('resnet18', { numClasses: 3 }));
    const of = [
      'conv1.weight',
      'bn1.bias',
      'layer1.0.conv1.weight',
      'layer2.0.bn1.weight',
      'layer4.1.bn2.bias',
      'fc.weight',
    ];
    expect(of.map((path) => depth.of(path))).toEqual([0, 0, 1, 3, 8, 9]);
    expect(depth.head).toBe(9);
  });
});

describe('features', () => {
  const bytes = Uint8Array.from({ length: 2 * 64 * 64 * 3 }, (_, i) => (i * 7) % 256);
  const batch = { ids: ['a', 'b'], images: bytes, shape: [2, 64, 64, 3] as const };

  test('images are normalized as the model expects', () => {
    const input = { mean: [0.5, 0.25, 0], std: [0.5, 0.25, 1] };
    const values = tf.tidy(() => {
      const tensor = toInput({ images: Uint8Array.of(255, 0, 51), shape: [1, 1, 1, 3] }, input);
      return Array.from(tensor.dataSync());
    });
    expect(values).toEqual([1, -1, Math.fround(0.2)]);
    expect(() => toInput({ images: new Uint8Array(4), shape: [1, 2, 2, 1] }, input)).toThrow(
      /expected 3 channels, got 1/,
    );
  });

  test('are computed once and kept; a damaged entry is computed again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'podium-features-'));
    const model = await createModel('resnet18', { numClasses: 0 });
    const before = tf.memory().numTensors;
    const cache = new FeatureCache(join(folder, 'features'));
    let computed = 0;
    const get = (key: unknown) =>
      cache.get(key, batch.ids, async () => {
        computed++;
        return await extractFeatures(model, [batch]);
      });
    const first = await get({ view: 0 });
    expect(first.wasCached).toBe(false);
    expect(first.features).toMatchObject({ ids: ['a', 'b'], width: 512 });
    expect(await get({ view: 0 })).toEqual({ features: first.features, wasCached: true });
    await get({ view: 1 });
    expect(computed).toBe(2);
    for (const name of readdirSync(cache.folder)) {
      const path = join(cache.folder, name);
      const content = readFileSync(path);
      content[content.length - 1] = content.at(-1)! ^ 1;
      writeFileSync(path, content);
    }
    expect((await get({ view: 0 })).features).toEqual(first.features);
    expect(computed).toBe(3);
    await expect(cache.get({ view: 2 }, ['x'], () => extractFeatures(model, [batch]))).rejects.toThrow(
      /features were computed for other images/,
    );
    expect(model.training).toBe(true);
    expect(tf.memory().numTensors).toBeGreaterThanOrEqual(before);
    model.dispose();
    rmSync(folder, { recursive: true });
  });
});

test('features of initial weights do not depend on the batches', async () => {
  const model = buildModel('resnet18', { numClasses: 0 });
  model.input = {
    imageSize: [32, 32],
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
    cropFraction: 1,
    interpolation: 'bilinear',
  };
  // Two kinds of images, light and dark, in separate batches.
  const batch = (from: number, light: number) => ({
    ids: [0, 1, 2, 3].map((i) => `image${from + i}`),
    images: Uint8Array.from({ length: 4 * 32 * 32 * 3 }, (_, i) => light + ((i * 31 + from) % 60)),
    shape: [4, 32, 32, 3] as const,
  });
  const features = await extractUntrainedFeatures(model, () => [batch(0, 0), batch(4, 190)]);
  const kinds = [0, 0, 0, 0, 1, 1, 1, 1];
  expect([...predictByNeighbors(features, [0, 1, 4, 5], [2, 3, 6, 7], kinds, 1)]).toEqual([0, 0, 1, 1]);
  model.dispose();
});
