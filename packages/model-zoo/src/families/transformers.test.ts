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

test.each(['vit_small_patch14_dinov2', 'vit_small_patch14_reg4_dinov2', 'vit_base_patch32_siglip_256'])(
  'a checkpoint of %s, which has no classifier, for another size',
  (name) => {
    const { weights } = models.get(name);
    expect(weights[0]?.classes).toBe(0);
    const model = buildModel(name, { numClasses: 7, imageSize: [224, 224] });
    const { report } = adapt(checkpointOf(buildModel(name, { numClasses: 0 })), model, name);
    expect(report.missing.map(({ name: key }) => key).sort()).toEqual(['head.bias', 'head.weight']);
  },
);

test('QuickGELU models are in the repositories of the models without it', () => {
  const { weights } = models.get('vit_base_patch16_clip_quickgelu_224');
  expect(weights.map(({ source }) => source)).toContain('hf:timm/vit_base_patch16_clip_224.openai');
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
  ['vit_base_patch16_siglip_224', ['avg', 'max', '']],
  ['swin_tiny_patch4_window7_224', ['avg', 'max', 'catavgmax', '']],
  ['convnext_large_mlp', ['avg', 'catavgmax', '']],
  ['convnext_tiny_hnf', ['gem', 'catavgmax']],
  ['eva02_tiny_patch14_224', ['max', 'avgmax', '']],
  ['vit_pe_core_base_patch16_224', ['avg', '']],
  ['beitv2_base_patch16_224', ['max', '']],
  ['tiny_vit_5m_224', ['max', 'catavgmax', '']],
  ['caformer_s18', ['max', '']],
  ['poolformer_s12', ['max', '']],
  ['maxvit_tiny_tf_224', ['max', '']],
  ['coat_lite_tiny', ['avg', 'max', '']],
  ['levit_128s', ['max', 'catavgmax', '']],
  ['efficientformer_l1', ['max', 'catavgmax', '']],
  ['mixer_s32_224', ['max', 'catavgmax', '']],
  ['pvt_v2_b0', ['max', 'catavgmax', '']],
  ['pit_ti_224', ['']],
  ['xcit_nano_12_p16_224', ['avg', 'max', '']],
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
  ['eva02_tiny_patch14_224', 12, [2, 16, 16, 192]],
  ['vit_tiny_patch16_dinov3_qkvb', 12, [2, 14, 14, 192]],
  ['tiny_vit_5m_224', 4, [2, 7, 7, 320]],
  ['caformer_s18', 4, [2, 7, 7, 512]],
  ['coatnet_nano_rw_224', 5, [2, 7, 7, 512]],
  ['maxvit_tiny_tf_224', 5, [2, 7, 7, 512]],
  ['coat_lite_tiny', 4, [2, 7, 7, 320]],
  ['levit_128s', 3, [2, 4, 4, 384]],
  ['efficientformer_l1', 4, [2, 7, 7, 448]],
  ['efficientformerv2_s0', 4, [2, 7, 7, 176]],
  ['mixer_s32_224', 8, [2, 7, 7, 512]],
  ['pvt_v2_b0', 4, [2, 7, 7, 256]],
  ['pit_ti_distilled_224', 3, [2, 7, 7, 256]],
  ['xcit_nano_12_p16_224', 12, [2, 14, 14, 128]],
] as const)('%s gives maps', (name, count, last) => {
  const extractor = new FeatureExtractor(buildModel(name).eval());
  const shapes = onMeta(() =>
    extractor.call(metaTensor([2, 224, 224, 3]) as tf.Tensor4D).map(({ shape }) => shape),
  );
  expect(shapes).toHaveLength(count);
  expect(shapes.at(-1)).toEqual(last);
});

test.each([
  ['beitv2_base_patch16_224', 'blocks.0.attn.relative_position_bias_table', [9 * 13 + 3, 12]],
  ['coatnet_nano_rw_224', 'stages.2.blocks.1.attn.rel_pos.relative_position_bias_table', [7 * 11, 8]],
  ['maxvit_tiny_tf_224', 'stages.0.blocks.0.attn_grid.attn.rel_pos.relative_position_bias_table', [2, 3, 5]],
  ['eva02_tiny_patch14_224', 'pos_embed', [1, 1 + 5 * 8, 192]],
  ['levit_128s', 'stages.0.blocks.0.attn.attention_biases', [4, 5 * 7]],
  ['efficientformerv2_s0', 'stages.2.blocks.5.token_mixer.attention_biases', [8, 2 * 3]],
  ['pit_ti_224', 'pos_embed', [1, 64, 9, 13]],
] as const)('a checkpoint of %s for images of another shape', (name, key, shape) => {
  const { inputRule } = models.get(name);
  const size = inputRule.multipleOf === 32 ? ([64, 96] as const) : ([80, 112] as const);
  const model = buildModel(name, { numClasses: 7, imageSize: size });
  const { state, report } = adapt(checkpointOf(buildModel(name, { numClasses: 7 })), model, name);
  expect(report.missing).toEqual([]);
  expect(state.get(key)?.shape).toEqual(stateShapes(model).get(key));
  expect(state.get(key)?.shape).toEqual(shape);
});

test('DINOv3 gives maps of any image', () => {
  const extractor = new FeatureExtractor(buildModel('vit_tiny_patch16_dinov3_qkvb').eval(), [-1]);
  const [map] = onMeta(() => extractor.call(metaTensor([1, 96, 160, 3]) as tf.Tensor4D));
  expect(map?.shape).toEqual([1, 6, 10, 192]);
});

test('biases per distance, for images of another size, are stretched', () => {
  const name = 'levit_128s';
  const key = 'stages.0.blocks.0.attn.attention_biases';
  const state = new Map(checkpointOf(buildModel(name)));
  const table = state.get(key)!;
  // Rows between two positions, of a grid of 14 x 14.
  const data = Float32Array.from({ length: 4 * 14 * 14 }, (_, i) => Math.floor((i % 196) / 14));
  state.set(key, { ...table, data });
  const model = buildModel(name, { imageSize: [432, 224] });
  const resized = adapt(state, model, name).state.get(key)!;
  expect(resized.shape).toEqual([4, 27 * 14]);
  const row = (at: number) => resized.data[27 * 14 + at * 14 + 5];
  expect([row(0), row(1), row(2), row(26)]).toEqual([0, 0.5, 1, 13]);
});

test('PiT pools nothing', () => {
  expect(() => buildModel('pit_ti_224', { globalPool: 'avg' })).toThrow(/globalPool: PiT .*expected nothing/);
  expect(() => buildModel('pit_ti_distilled_224', { globalPool: '' })).toThrow(/pools nothing/);
});

test('a PiT checkpoint under its authors names', () => {
  const name = 'pit_ti_224';
  const state = checkpointOf(buildModel(name), (key) =>
    key.replace(/^transformers\.(\d)\.pool\./, (_, i) => `pools.${Number(i) - 1}.`),
  );
  expect(adapt(state, buildModel(name), name).report.missing).toEqual([]);
});

test('an XCiT checkpoint under its authors names, with queries, keys and values in one layer', () => {
  const name = 'xcit_nano_12_p16_224';
  const state = new Map(checkpointOf(buildModel(name), (key) => key.replace(/^pos_embed\./, 'pos_embeder.')));
  for (const block of ['cls_attn_blocks.0.attn', 'cls_attn_blocks.1.attn'])
    for (const kind of ['weight', 'bias']) {
      const { shape } = state.get(`${block}.q.${kind}`)!;
      for (const part of ['q', 'k', 'v']) state.delete(`${block}.${part}.${kind}`);
      const [features = 0, ...rest] = shape;
      const size = rest.reduce((product, extent) => product * extent, features);
      const data = Float32Array.from({ length: 3 * size }, (_, i) => Math.floor(i / size));
      state.set(`${block}.qkv.${kind}`, { dtype: 'float32', shape: [3 * features, ...rest], data });
    }
  const { state: adapted, report } = adapt(state, buildModel(name), name);
  expect(report.missing).toEqual([]);
  for (const [i, part] of ['q', 'k', 'v'].entries())
    expect(
      [...adapted.get(`cls_attn_blocks.1.attn.${part}.weight`)!.data].every((value) => value === i),
    ).toBe(true);
});

test('a CoaT checkpoint that names shared layers once per block', () => {
  const name = 'coat_lite_tiny';
  const state = checkpointOf(buildModel(name), (key) =>
    key
      .replace(/^cpe(\d)\./, 'serial_blocks$1.0.cpe.')
      .replace(/^crpe(\d)\./, 'serial_blocks$1.1.factoratt_crpe.crpe.'),
  );
  expect(adapt(state, buildModel(name), name).report.missing).toEqual([]);
});

test('a PoolFormer checkpoint under its authors names', () => {
  const name = 'poolformer_s12';
  const state = checkpointOf(buildModel(name), (key) =>
    key
      .replace(/^stem\.conv\./, 'patch_embed.proj.')
      .replace(
        /^stages\.(\d)\.blocks\.(\d+)\./,
        (_, stage, block) => `network.${2 * Number(stage)}.${block}.`,
      )
      .replace(/^stages\.(\d)\.downsample\.conv\./, (_, stage) => `network.${2 * Number(stage) - 1}.proj.`)
      .replace(/layer_scale(\d)\.scale$/, 'layer_scale_$1')
      .replace(/^head\.fc\./, 'head.')
      .replace(/^head\.norm\./, 'norm.'),
  );
  expect(adapt(state, buildModel(name), name).report.missing).toEqual([]);
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
