import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashBytes } from '@podium/core';
import { loadEngine } from '@podium/engine';
import { float32Of, type Linear, loadStateDict, type StateTensor, stateDict } from '@podium/nn';
import { writeSafetensors } from '@podium/nn/checkpoint-files';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adaptInputChannels } from './adapt-state.ts';
import { buildModel } from './build-model.ts';
import { createModel } from './create-model.ts';
import { FeatureExtractor } from './feature-extractor.ts';
import { headPath, type ImageModel, splitHeads } from './image-model.ts';
import { listModels, models } from './models.ts';
import { pretrainedWeights } from './weights/pretrained-weights.ts';

const folder = mkdtempSync(join(tmpdir(), 'podium-zoo-'));
const file = join(folder, 'resnet18.safetensors');
const original = buildModel('resnet18', { numClasses: 10, seed: 'published' });

beforeAll(async () => {
  await loadEngine({ threads: 2 });
  await writeSafetensors(file, stateDict(original));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Hashes, since comparing millions of numbers one by one takes a minute. */
const digests = (model: ImageModel) =>
  Object.fromEntries(
    [...stateDict(model)].map(([name, { data }]) => [
      name,
      hashBytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
    ]),
  );
const values = (tensor: StateTensor | undefined) => [...float32Of(tensor!)];

describe('createModel', () => {
  test('loads a checkpoint completely if the classes match', async () => {
    const model = await createModel('resnet18', { numClasses: 10, pretrained: file });
    expect(digests(model)).toEqual(digests(original));
    expect(model.weights?.report.matched).toHaveLength(stateDict(original).size);
    expect(model.weights?.source).toBe(file);
    expect(model.input).toMatchObject({ imageSize: [224, 224], mean: [0.485, 0.456, 0.406] });
    model.dispose();
  });

  test('a classifier for other classes keeps its initial weights, and the rest is loaded', async () => {
    const model = await createModel('resnet18', { numClasses: 3, pretrained: file });
    expect(stateDict(model).get('fc.weight')?.shape).toEqual([3, 512]);
    const name = 'layer4.1.conv2.weight';
    expect(digests(model)[name]).toBe(digests(original)[name]);
    expect(model.weights?.report.missing.map(({ name }) => name)).toEqual(['fc.bias', 'fc.weight']);
    model.dispose();
  });

  test('heads have their logits one after the other', async () => {
    const heads = { mask: 3, gender: 2, age: 3 };
    const model = await createModel('resnet18', { heads, pretrained: file });
    tf.tidy(() => {
      const logits = model.eval().call(tf.zeros([2, 64, 64, 3]) as tf.Tensor4D);
      expect(logits.shape).toEqual([2, 8]);
      const parts = splitHeads(logits, heads);
      expect(Object.entries(parts).map(([name, { shape }]) => [name, shape])).toEqual([
        ['mask', [2, 3]],
        ['gender', [2, 2]],
        ['age', [2, 3]],
      ]);
    });
    expect(model.namedParameters().map(([name]) => name)).toContain('fc.gender.weight');
    model.dispose();
  });

  test('heads may have any names, and stay in their order', () => {
    const names = ['10', '2', 'constructor', '__proto__', 'a.b', 'a%2Eb', '', 'training', 'paths', 'head:a'];
    const heads = new Map(names.map((name, i) => [name, i + 1]));
    const model = buildModel('resnet18', { heads });
    const paths = new Set(names.map(headPath));
    expect(paths.size).toBe(names.length);
    tf.tidy(() => {
      const x = tf.zeros([1, 32, 32, 3]) as tf.Tensor4D;
      const logits = model.eval().call(x);
      expect(logits.shape).toEqual([1, 55]);
      const features = model.forwardHead(model.forwardFeatures(x), { preLogits: true });
      let start = 0;
      for (const [name, classes] of heads) {
        const head = model.getSubmodule(`fc.${headPath(name)}`) as unknown as Linear;
        const own = head.call(features).dataSync();
        expect([...logits.slice([0, start], [1, classes]).dataSync()]).toEqual([...own]);
        start += classes;
      }
    });
    expect(stateDict(model).get(`fc.${headPath('a.b')}.weight`)?.shape).toEqual([5, 512]);
    const copy = buildModel('resnet18', { heads, seed: 2 });
    loadStateDict(copy, stateDict(model));
    expect(digests(copy)).toEqual(digests(model));
    for (const each of [model, copy]) each.dispose();
  });

  test('adapts the first convolution to one and to more than three channels, as timm does', async () => {
    const weight: StateTensor = {
      dtype: 'float32',
      shape: [1, 3, 1, 2],
      data: Float32Array.of(1, 2, 3, 4, 5, 6),
    };
    expect(values(adaptInputChannels(weight, 1))).toEqual([9, 12]);
    expect(values(adaptInputChannels(weight, 4))).toEqual(
      [1, 2, 3, 4, 5, 6, 1, 2].map((value) => value * 0.75),
    );
    const model = await createModel('resnet18', { numClasses: 10, inChannels: 1, pretrained: file });
    expect(model.input?.mean).toHaveLength(1);
    expect(model.weights?.report.resized.map(({ name }) => name)).toEqual(['conv1.weight']);
    model.dispose();
  });

  test('the same seed gives the same initial weights, regardless of models made before', async () => {
    const state = async (seed: number) => {
      const model = await createModel('resnet18', { numClasses: 2, seed });
      const result = digests(model)['conv1.weight'];
      model.dispose();
      return result;
    };
    const first = await state(1);
    expect(await state(1)).toBe(first);
    expect(await state(2)).not.toBe(first);
  });

  test('a checkpoint of another architecture is rejected, with what does not fit', async () => {
    await expect(createModel('resnet50', { pretrained: file })).rejects.toThrow(
      /these weights do not fit ResNet:[\s\S]*missing[\s\S]*fix: use weights of exactly this architecture/,
    );
  });

  test('errors for unknown names, tags, options and files list what exists', async () => {
    await expect(createModel('resnt18')).rejects.toThrow(/unknown model: .*did you mean "resnet18"/);
    await expect(createModel('resnet18', { pretrained: 'a1_in1' })).rejects.toThrow(
      /pretrained: weights of resnet18: expected a1_in1k\|.*got "a1_in1" \(did you mean "a1_in1k"\?\)/,
    );
    await expect(createModel('resnet18', { pretrained: './nowhere.safetensors' })).rejects.toThrow(/nowhere/);
    await expect(createModel('resnet18', { numClasses: -1 })).rejects.toThrow(
      /numClasses: expected a whole number/,
    );
    await expect(createModel('resnet18', { dropRate: 1 })).rejects.toThrow(/dropRate: expected a rate/);
    await expect(createModel('vgg11', { dropPathRate: 0.1 })).rejects.toThrow(
      /dropPathRate: networks of the family vgg have no blocks .*expected 0, got 0.1/,
    );
    writeFileSync(join(folder, 'page.pth'), '<!DOCTYPE html><html></html>');
    await expect(createModel('resnet18', { pretrained: join(folder, 'page.pth') })).rejects.toThrow(
      /got a web page/,
    );
  });

  test('a failed load leaves nothing in memory', async () => {
    const before = tf.memory().numTensors;
    await expect(createModel('resnet50', { pretrained: file })).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('the list of models', () => {
  test('is in natural order, by glob, with or without weights', () => {
    expect(listModels('resnet??')).toEqual(['resnet18', 'resnet26', 'resnet34', 'resnet50']);
    expect(listModels('resnet*', { pretrained: true })).toContain('resnet50');
    expect(listModels()).toHaveLength(models.size);
    expect(pretrainedWeights('resnet18')[0]).toMatchObject({
      tag: 'a1_in1k',
      source: 'hf:timm/resnet18.a1_in1k',
    });
    expect(pretrainedWeights('nothing')).toEqual([]);
  });

  test('published weights belong to models that exist, and their sources can be read', async () => {
    const { published } = await import('./weights/published.ts');
    const { packaged } = await import('./weights/packaged.ts');
    const { parseWeightsSource } = await import('./hub/index.ts');
    for (const name of [...Object.keys(published), ...Object.keys(packaged)]) {
      expect(models.has(name), name).toBe(true);
      const tags = pretrainedWeights(name).map(({ tag }) => tag);
      expect(new Set(tags).size).toBe(tags.length);
      for (const { source } of pretrainedWeights(name))
        expect(() => parseWeightsSource(source)).not.toThrow();
    }
  });
});

test('features only: maps from fine to coarse, at the reductions that the model states', () => {
  const model = buildModel('resnet18', { numClasses: 0 }).eval();
  const extractor = new FeatureExtractor(model, [-1, 1]);
  tf.tidy(() => {
    const maps = extractor.call(tf.zeros([1, 64, 64, 3]) as tf.Tensor4D);
    expect(maps.map(({ shape }) => shape)).toEqual([
      [1, 16, 16, 64],
      [1, 2, 2, 512],
    ]);
  });
  expect(extractor.stages.map(({ module }) => module)).toEqual(['layer1', 'layer4']);
  for (const index of [5, -6, 7, 1.5, Number.NaN])
    expect(() => new FeatureExtractor(model, [index])).toThrow(
      /has 5 feature maps: expected whole numbers from -5 to 4/,
    );
  model.dispose();
});
