import { Rng } from '@podium/core';
import { loadEngine } from '@podium/engine';
import { addLora, backward, mergeLora } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildModel } from '../build-model.ts';
import { planFor } from './index.ts';
import { trainablePaths } from './trainable-paths.ts';
import { applyTransfer } from './transfer-plan.ts';

beforeAll(async () => {
  await loadEngine({ threads: 2 });
});

test('rules by kind and by glob', () => {
  const model = buildModel('vit_tiny_patch16_224', { numClasses: 3 });
  const backboneOf = (rule: Parameters<typeof trainablePaths>[1]) =>
    [...trainablePaths(model, rule)].filter((path) => !path.startsWith('head.'));
  expect(backboneOf('norms')).toHaveLength(2 * (2 * 12 + 1));
  expect(backboneOf('norms')).toContain('blocks.3.norm2.weight');
  expect(backboneOf('biases')).toContain('patch_embed.proj.bias');
  expect(backboneOf('biases').every((path) => path.endsWith('.bias'))).toBe(true);
  expect(backboneOf(['blocks.11.*'])).toHaveLength(12);
  expect(backboneOf('all')).toHaveLength(model.namedParameters().length - 2);
  for (const rule of ['norms', 'biases', ['blocks.0.*'], []] as const)
    expect([...trainablePaths(model, rule)]).toContain('head.weight');
  expect(() => trainablePaths(model, ['stages.*'])).toThrow(/no parameter .*patch_embed|no parameter/);
  const convolutional = buildModel('resnet18', { numClasses: 3 });
  expect([...trainablePaths(convolutional, 'norms')].filter((path) => !path.startsWith('fc.'))).toHaveLength(
    40,
  );
});

test('a plan trains no more than a rule allows', () => {
  const model = buildModel('resnet18', { numClasses: 3 });
  const plan = planFor('enough-dissimilar');
  const rates = applyTransfer(model, plan, plan.stages.at(-1), trainablePaths(model, 'norms'));
  const trained = [...rates].filter(([, rate]) => rate > 0).map(([path]) => path);
  expect(trained).toContain('layer1.0.bn1.weight');
  expect(trained).toContain('fc.weight');
  expect(trained.filter((path) => path.includes('conv'))).toEqual([]);
  expect(model.namedParameters().filter(([, { requiresGrad }]) => requiresGrad)).toHaveLength(trained.length);
});

/** One of each way in which families use linear layers. */
const TRANSFORMERS = [
  'vit_tiny_patch16_224',
  'deit_tiny_distilled_patch16_224',
  'eva02_tiny_patch14_224',
  'swinv2_tiny_window8_256',
  'tiny_vit_5m_224',
  'maxvit_rmlp_pico_rw_256',
  'coat_lite_tiny',
  'caformer_s18',
  'edgenext_xx_small',
];

describe('low-rank updates fit every family with linear layers', () => {
  test.each(TRANSFORMERS)('%s', (name) => {
    const model = buildModel(name, { numClasses: 3, imageSize: [64, 64], seed: 1 });
    const images = tf.randomUniform([1, 64, 64, 3], -1, 1, 'float32', 1) as tf.Tensor4D;
    const logits = () => tf.tidy(() => [...model.call(images).dataSync()]);
    model.eval();
    const before = logits();
    const except = model.classifierPaths ?? [model.classifierPath];
    addLora(model, { rank: 2, except, rng: Rng.fromSeed(1) });
    expect(logits()).toEqual(before);
    const trained = trainablePaths(model, []);
    for (const [path, parameter] of model.namedParameters()) parameter.requiresGrad = trained.has(path);
    for (const [path, parameter] of model.namedParameters())
      if (path.endsWith('lora_B'))
        parameter.data = tf.randomUniform([...parameter.shape], -0.02, 0.02, 'float32', 3);
    tf.tidy(() => backward(() => tf.sum(tf.square(model.call(images))) as tf.Scalar));
    for (const [path, { grad }] of model.namedParameters())
      expect(grad !== null, path).toBe(trained.has(path));
    const adapted = logits();
    expect(adapted).not.toEqual(before);
    mergeLora(model);
    expect(logits()).toEqual(adapted);
    model.dispose();
    images.dispose();
  });
});
