import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadEngine, metaTensor, onMeta, softmaxCrossEntropy } from '@podium/engine';
import {
  type AnyModule,
  backward,
  fuse,
  type Linear,
  loadStateDict,
  type Parameter,
  stateDict,
  summary,
} from '@podium/nn';
import { readSafetensors, writeSafetensors } from '@podium/nn/checkpoint-files';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, test } from 'vitest';
import { buildModel } from './build-model.ts';
import { explainImages } from './explain/index.ts';
import counts from './fixtures/parameter-counts.json' with { type: 'json' };
import type { ImageModel } from './image-model.ts';
import { type ModelEntry, models } from './models.ts';

const entries = [...models];
const folder = mkdtempSync(join(tmpdir(), 'podium-zoo-'));
const SMALL = 6e6;
const COSTS_HEADER = `/** Parameters and multiply-adds of every model with 1000 classes at its own size. Written by contract.test.ts. */
export const costs: Readonly<Record<string, readonly [parameters: number, multiplyAdds: number]>> = {
`;

const { backend } = await loadEngine({ threads: 2 });
afterAll(() => rmSync(folder, { recursive: true }));

/** A larger size, which the model's patches divide. */
function otherSize({ imageSize, inputRule }: ModelEntry): number {
  return imageSize + Math.ceil(28 / inputRule.multipleOf) * inputRule.multipleOf;
}

function parametersOf(model: AnyModule): number {
  return model.parameters().reduce((sum, { size }) => sum + size, 0);
}

/** Gives a classifier whose weights are zero at first others, since with zeros nothing before it has an effect. */
function fillClassifier(model: ImageModel): void {
  const { weight } = model.getSubmodule(model.classifierPath) as unknown as { readonly weight: Parameter };
  tf.tidy(() => {
    if (weight.data.dataSync().every((value) => value === 0)) {
      weight.data = tf.randomNormal(weight.data.shape, 0, 0.02, 'float32', 1);
    }
  });
}

describe('by shapes alone', () => {
  const costs: Record<string, readonly [parameters: number, multiplyAdds: number]> = {};

  test.each(entries.map((entry) => [entry.name, entry] as const))('%s', (name, entry) => {
    const { imageSize } = entry;
    const { fixed, minimum } = entry.inputRule;
    const model = buildModel(name);
    expect(parametersOf(model)).toBe((counts as Record<string, number>)[name]);
    const result = summary(model, [2, imageSize, imageSize, 3]);
    expect(result.rows[0]?.outputShape).toEqual([2, 1000]);
    expect(result.parameters).toBe((counts as Record<string, number>)[name]);
    costs[name] = [result.parameters, result.multiplyAdds / 2];
    for (const { module } of model.featureInfo) expect(() => model.getSubmodule(module)).not.toThrow();
    expect(() => model.getSubmodule(model.classifierPath)).not.toThrow();
    expect(() => model.getSubmodule(model.firstConvPath)).not.toThrow();
    onMeta(() => {
      const features = model.forwardFeatures(metaTensor([1, imageSize, imageSize, 3]) as tf.Tensor4D);
      expect(model.forwardHead(features, { preLogits: true }).shape.at(-1)).toBe(model.numFeatures);
      model.resetClassifier({ a: 2, b: 3 });
      expect(model.forwardHead(features).shape).toEqual([1, 5]);
      model.resetClassifier(0);
      expect(model.forwardHead(features).shape).toEqual([1, model.numFeatures]);
    });
    // The smallest images: a network that takes any size takes them as it is.
    const smallest = fixed ? buildModel(name, { numClasses: 0, imageSize: [minimum, minimum] }) : model;
    const call = (network: ImageModel, size: number) =>
      onMeta(() => network.call(metaTensor([1, size, size, 3]) as tf.Tensor4D).shape);
    expect(call(smallest, minimum)).toEqual([1, smallest.numFeatures]);
    if (fixed) expect(() => call(model, otherSize(entry))).toThrow(/images of one size/);
    // Everything else that an option changes, at once.
    const size = otherSize(entry);
    const changed = buildModel(name, {
      inChannels: 1,
      numClasses: 3,
      imageSize: [size, size],
      dropRate: 0.1,
      dropPathRate: models.get(name).family.dropPath === false ? 0 : 0.1,
    });
    const changedResult = summary(changed, [1, size, size, 1]);
    expect(changedResult.rows[0]?.outputShape).toEqual([1, 3]);
    expect(changedResult.parameters).toBe(parametersOf(changed));
  });

  // After a change, run this file with `-u`.
  test('costs.ts says what each model costs', async () => {
    const lines = Object.entries(costs).map(([name, [parameters, multiplyAdds]]) => {
      const key = /^\w+$/.test(name) ? name : `'${name}'`;
      return `  ${key}: [${parameters}, ${multiplyAdds}],\n`;
    });
    await expect(`${COSTS_HEADER}${lines.join('')}};\n`).toMatchFileSnapshot('./costs.ts');
  });
});

// Without TensorFlow, one model per family would still take minutes: three stand for all.
const small = entries.filter(({ name }) =>
  backend === 'tensorflow'
    ? ((counts as Record<string, number>)[name] ?? 0) < SMALL
    : ['mobilenetv3_small_050', 'convnext_atto', 'small-net'].includes(name),
);

describe('for real', () => {
  test.each(small.map(({ name }) => name))('%s', async (name) => {
    const size = 64;
    const options = { numClasses: 5, imageSize: [size, size] } as const;
    const model = buildModel(name, { ...options, seed: 'contract' });
    fillClassifier(model);
    const images = tf.randomUniform([2, size, size, 3], -1, 1, 'float32', 1) as tf.Tensor4D;
    const targets = tf.tensor2d([
      [1, 0, 0, 0, 0],
      [0, 0, 1, 0, 0],
    ]);
    // A gradient reaches every parameter.
    tf.tidy(() => {
      const loss = backward(() => tf.mean(softmaxCrossEntropy(model.call(images) as tf.Tensor2D, targets)));
      expect(Number.isFinite(loss.dataSync()[0])).toBe(true);
    });
    for (const [path, { grad }] of model.namedParameters()) expect(grad, path).not.toBeNull();
    model.zeroGrad();
    model.eval();
    const logits = tf.tidy(() => [...model.call(images).dataSync()]);
    expect(logits.every(Number.isFinite)).toBe(true);
    const { explanation } = models.get(name);
    const { values, shape } = explainImages(model, images, explanation, { classes: [1, 4] });
    expect(shape[0]).toBe(2);
    expect(values.every(Number.isFinite)).toBe(true);
    // Through a file, its state gives a model of another seed the same bits.
    const file = join(folder, `${name}.safetensors`);
    await writeSafetensors(file, stateDict(model));
    const twin = buildModel(name, { ...options, seed: 'another' }).eval();
    loadStateDict(twin, (await readSafetensors(file)).tensors);
    rmSync(file);
    expect(tf.tidy(() => [...twin.call(images).dataSync()])).toEqual(logits);
    // Its classifier can be one linear layer on the features before it, which a probe's weights then replace.
    twin.makeClassifierLinear();
    tf.tidy(() => {
      const features = twin.forwardHead(twin.forwardFeatures(images), { preLogits: true });
      const classifier = twin.getSubmodule(twin.classifierPath) as unknown as Linear;
      expect([...classifier.call(features).dataSync()]).toEqual([...twin.call(images).dataSync()]);
    });
    twin.dispose();
    // The inference form gives the same numbers.
    const fused = fuse(model, [1, size, size, 3]);
    const quick = tf.tidy(() => [...fused.call(images).dataSync()]);
    const scale = Math.max(...logits.map(Math.abs));
    expect(Math.max(...logits.map((value, i) => Math.abs(value - quick[i]!))) / scale).toBeLessThan(1e-4);
    fused.dispose();
    model.dispose();
    tf.dispose([images, targets]);
  });
});
