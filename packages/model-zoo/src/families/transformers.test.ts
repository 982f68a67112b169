import { isMeta, metaTensor, onMeta } from '@podium/engine';
import { type StateDict, stateShapes } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { adaptState } from '../adapt-state.ts';
import { buildModel } from '../build-model.ts';
import { FeatureExtractor } from '../feature-extractor.ts';
import type { ImageModel } from '../image-model.ts';
import { models } from '../models.ts';

/** A checkpoint of a model, all zeros, with its keys renamed. */
function checkpointOf(model: ImageModel, rename: (key: string) => string = (key) => key): StateDict {
  return new Map(
    Array.from(stateShapes(model), ([key, shape]) => {
      const size = shape.reduce((product, extent) => product * extent, 1);
      return [rename(key), { dtype: 'float32', shape, data: new Float32Array(size) }] as const;
    }),
  );
}

function adapt(state: StateDict, model: ImageModel, name: string) {
  const { family, settings } = models.get(name);
  return adaptState(state, model, family, settings, name);
}

/** Shape of what a model makes of two images, without computing it. */
function shapeOf(model: ImageModel, size: number): number[] {
  return onMeta(() => {
    expect(isMeta()).toBe(true);
    return model.eval().call(metaTensor([2, size, size, 3]) as tf.Tensor4D).shape;
  });
}

test('a distilled checkpoint for another size and other classes', () => {
  const name = 'deit_tiny_distilled_patch16_224';
  const model = buildModel(name, { numClasses: 7, imageSize: [96, 160] });
  const { report, state } = adapt(checkpointOf(buildModel(name)), model, name);
  expect(state.get('pos_embed')?.shape).toEqual([1, 2 + 6 * 10, 192]);
  expect(report.missing.map(({ name: key }) => key).sort()).toEqual([
    'head.bias',
    'head.weight',
    'head_dist.bias',
    'head_dist.weight',
  ]);
});

test('a class-token checkpoint for a model that averages', () => {
  const name = 'vit_tiny_patch16_224';
  const model = buildModel(name, { globalPool: 'avg' });
  const { state, report } = adapt(checkpointOf(buildModel(name)), model, name);
  expect(state.has('fc_norm.weight')).toBe(true);
  expect(report.missing).toEqual([]);
});

test('DeiT III under the names of its first publication', () => {
  const name = 'deit3_small_patch16_224';
  const state = checkpointOf(buildModel(name), (key) => key.replace(/\.ls([12])\.gamma$/, '.gamma_$1'));
  expect(adapt(state, buildModel(name), name).report.missing).toEqual([]);
});

test('a Swin checkpoint under the names of its first publication, for windows that have become smaller', () => {
  const name = 'swin_tiny_patch4_window7_224';
  const state = checkpointOf(buildModel(name), (key) =>
    key
      .replace(/^layers\.(\d)\.downsample/, (_, i) => `layers.${Number(i) - 1}.downsample`)
      .replace(/^head\.fc/, 'head'),
  );
  const model = buildModel(name, { imageSize: [128, 128] });
  const { report, state: adapted } = adapt(state, model, name);
  expect(report.missing).toEqual([]);
  expect(adapted.get('layers.3.blocks.0.attn.relative_position_bias_table')?.shape).toEqual([49, 24]);
  expect(shapeOf(model, 128)).toEqual([2, 1000]);
});

test.each([
  ['vit_tiny_patch16_224', ['avg', 'max', 'avgmax', '']],
  ['deit3_small_patch16_224', ['avg', '']],
  ['swin_tiny_patch4_window7_224', ['avg', 'max', 'catavgmax', '']],
  ['convnext_large_mlp', ['avg', 'catavgmax', '']],
  ['convnext_tiny_hnf', ['gem', 'catavgmax']],
] as const)('%s takes another classifier and other pooling, and so does its copy', (name, pools) => {
  const model = buildModel(name, { dropPathRate: 0.2, dropRate: 0.1 });
  for (const pool of pools) {
    model.resetClassifier(5, pool);
    expect(shapeOf(model.clone(), 224).at(-1)).toBe(5);
    model.resetClassifier({ mask: 3, age: 4 });
    expect(shapeOf(model, 224).at(-1)).toBe(7);
    model.resetClassifier(0);
    expect(shapeOf(model, 224).at(-1)).toBe(model.numFeatures);
  }
});

test.each([
  ['vit_tiny_patch16_224', 12, [2, 14, 14, 192]],
  ['deit_tiny_distilled_patch16_224', 12, [2, 14, 14, 192]],
  ['swin_tiny_patch4_window7_224', 4, [2, 7, 7, 768]],
  ['convnextv2_atto', 4, [2, 7, 7, 320]],
] as const)('%s gives maps', (name, count, last) => {
  const extractor = new FeatureExtractor(buildModel(name).eval());
  const shapes = onMeta(() =>
    extractor.call(metaTensor([2, 224, 224, 3]) as tf.Tensor4D).map(({ shape }) => shape),
  );
  expect(shapes).toHaveLength(count);
  expect(shapes.at(-1)).toEqual(last);
});

test('errors for images of another size, and for unsupported pooling', () => {
  expect(() => shapeOf(buildModel('vit_tiny_patch16_224'), 192)).toThrow(/imageSize: \[192, 192\]/);
  expect(() => buildModel('vit_tiny_patch16_224', { globalPool: 'gem' })).toThrow(/globalPool/);
  expect(shapeOf(buildModel('swin_t'), 100)).toEqual([2, 1000]);
});

test('a distilled model, which classifies its tokens, takes no pooling, as timm asserts', () => {
  const name = 'deit_tiny_distilled_patch16_224';
  for (const globalPool of ['avg', 'max', ''] as const) {
    expect(() => buildModel(name, { globalPool })).toThrow(
      /globalPool: distilled transformers .*expected nothing/,
    );
    expect(() => buildModel(name).resetClassifier(3, globalPool)).toThrow(/pool nothing/);
  }
});
