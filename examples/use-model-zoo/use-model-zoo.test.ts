import { loadEngine } from '@podium/engine';
import { createModel } from '@podium/model-zoo';
import { countParameters } from '@podium/nn';
import { expect, test } from 'vitest';
import { describeModel, explain, featuresOf, freezeBackbone, makeBatch } from './use-model-zoo.ts';

test('use-model-zoo describes, extracts features, freezes and explains', async () => {
  await loadEngine({ threads: 2 });
  expect(describeModel('resnet18')).toBe(
    'resnet18, 224 pixels or another size, 1.81 billion multiply-adds, weights a1_in1k, license apache-2.0',
  );
  const name = 'mobilenetv3_small_050';
  const model = await createModel(name, { numClasses: 5, seed: 1 });
  const batch = makeBatch(3, 64);
  const features = await featuresOf(model, batch);
  expect(features.width).toBe(model.numFeatures);
  expect(features.values).toHaveLength(3 * model.numFeatures);
  expect(features.values.every(Number.isFinite)).toBe(true);

  const rates = freezeBackbone(model);
  expect(rates.get('classifier.weight')).toBe(1);
  expect(rates.get('conv_stem.weight')).toBe(0);
  expect(countParameters(model).trainable).toBe(5 * model.numFeatures + 5);

  const { shape, values } = explain(name, model, batch);
  expect(shape).toEqual([3, 2, 2]);
  expect(Math.max(...values)).toBeLessThanOrEqual(1);
  model.dispose();
});
