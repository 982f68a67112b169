import { readFileSync } from 'node:fs';
import { fillByName, namedValues } from '@podium/core';
import { loadEngine, memory } from '@podium/engine';
import { loadStateDict, stateShapes } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BuildOptions, buildModel } from '../build-model.ts';
import type { ImageModel } from '../image-model.ts';
import { models } from '../models.ts';
import { attentionRollout, gradCam, type ImageMaps } from './index.ts';

interface Expected {
  readonly model: string;
  readonly size: number;
  readonly shape: number[];
  readonly values: number[];
}
interface Reference {
  readonly numClasses: number;
  readonly gradCam: readonly (Expected & {
    readonly layer: string | null;
    readonly asked: number[] | null;
    readonly classes: number[];
  })[];
  readonly rollout: readonly (Expected & { readonly options: { global_pool?: 'avg' } })[];
}

const file = new URL('fixtures/reference.json', import.meta.url);
const reference = JSON.parse(readFileSync(file, 'utf8')) as Reference;

beforeAll(async () => {
  await loadEngine({ threads: 2 });
});

const built = new Map<string, ImageModel>();
afterAll(() => {
  for (const model of built.values()) model.dispose();
});

/** A model whose weights are made from their names, as in reference.py; once, since that takes longest. */
function build(name: string, options: BuildOptions = {}): ImageModel {
  const key = JSON.stringify([name, options]);
  const known = built.get(key);
  if (known !== undefined) return known;
  const model = buildModel(name, { numClasses: reference.numClasses, ...options });
  const shapes = [...stateShapes(model)].filter(([path]) => !/num_batches|_index$/.test(path));
  const state = new Map(
    shapes.map(([path, shape]) => [
      path,
      { dtype: 'float32', shape, data: fillByName(path, shape) } as const,
    ]),
  );
  loadStateDict(model, state, { strict: false });
  built.set(key, model);
  return model;
}

/** `[2,size,size,3]` of the values that reference.py has channels first. */
function imagesOf(size: number): tf.Tensor4D {
  return tf.tidy(() => {
    const values = Float32Array.from(namedValues('input', 2 * 3 * size * size));
    return tf.transpose(tf.tensor4d(values, [2, 3, size, size]), [0, 2, 3, 1]);
  });
}

/** Runs `explain` on a model and its images, which it must leave as they were, and no tensor more. */
function explained<M extends ImageMaps>(
  model: ImageModel,
  size: number,
  explain: (images: tf.Tensor4D) => M,
): M {
  const images = imagesOf(size);
  // The first use of a model makes its tensors.
  tf.tidy(() => void model.eval().call(images).dataSync());
  const modes = model.modules().map((module, i) => module.train(i % 2 === 0).training);
  const [first] = model.parameters();
  if (first !== undefined) first.requiresGrad = false;
  const wanted = model.parameters().map(({ requiresGrad }) => requiresGrad);
  const before = memory().tensors;
  const maps = explain(images);
  expect(memory().tensors).toBe(before);
  expect(model.modules().map(({ training }) => training)).toEqual(modes);
  expect(model.parameters().map(({ requiresGrad }) => requiresGrad)).toEqual(wanted);
  expect(model.parameters().every(({ grad }) => grad === null)).toBe(true);
  // A forgotten hook would keep tensors of the next pass.
  tf.tidy(() => void model.eval().call(images).dataSync());
  expect(memory().tensors).toBe(before);
  images.dispose();
  return maps;
}

function furthest(maps: ImageMaps, { shape, values }: Expected): number {
  expect(maps.shape).toEqual(shape);
  return Math.max(...maps.values.map((value, i) => Math.abs(value - values[i]!)));
}

describe('as PyTorch and timm', () => {
  test.each(reference.gradCam.map((each) => [each.model, each.layer ?? 'last map', each] as const))(
    'Grad-CAM of %s, %s',
    (name, _, expected) => {
      const model = build(name);
      const { asked, layer, size } = expected;
      const options = { ...(asked && { classes: asked }), ...(layer && { layer }) };
      const maps = explained(model, size, (images) => gradCam(model, images, options));
      expect([...maps.classes]).toEqual(expected.classes);
      expect(furthest(maps, expected)).toBeLessThan(1e-4);
    },
  );

  test.each(reference.rollout.map((each) => [each.model, each.options, each] as const))(
    'attention rollout of %s %j',
    (name, { global_pool: globalPool }, expected) => {
      const imageSize = [expected.size, expected.size] as const;
      const model = build(name, { imageSize, ...(globalPool && { globalPool }) });
      const maps = explained(model, expected.size, (images) => attentionRollout(model, images));
      expect(furthest(maps, expected)).toBeLessThan(1e-4);
    },
  );
});

test('an image is explained alike alone and beside others', () => {
  const model = build('mobilenetv3_small_100');
  const images = imagesOf(64);
  const both = gradCam(model, images, { classes: [3, 10], layer: 'blocks.3' });
  const second = tf.slice(images, [1, 0, 0, 0], [1, 64, 64, 3]);
  const alone = gradCam(model, second, { classes: 10, layer: 'blocks.3' });
  const size = alone.values.length;
  for (const [i, value] of alone.values.entries()) expect(both.values[size + i]).toBeCloseTo(value, 4);
  tf.dispose([images, second]);
});

test('a transformer is explained by a named layer too', () => {
  const model = build('vit_tiny_patch16_224', { imageSize: [64, 64] });
  const maps = explained(model, 64, (images) => gradCam(model, images, { layer: 'blocks.10' }));
  expect(maps.shape).toEqual([2, 4, 4]);
  expect(Math.max(...maps.values)).toBe(1);
});

describe('errors leave no hook and no tensor', () => {
  test.each([
    [
      'a class too many',
      'mobilenetv3_small_100',
      { classes: [3, 18] },
      /classes: expected a whole number from 0 to 17/,
    ],
    ['a class too few', 'mobilenetv3_small_100', { classes: [3] }, /one per image \(2\)/],
    ['no such layer', 'mobilenetv3_small_100', { layer: 'layer9' }, /layer9/],
    [
      'a layer without a map',
      'mobilenetv3_small_100',
      { layer: 'classifier' },
      /not a map: expected \[B,h,w,C\], got \[2,18\]/,
    ],
    ['tokens', 'vit_tiny_patch16_224', {}, /are tokens, not a map.*attentionRollout/s],
  ])('%s', (_, name, options, message) => {
    const model = build(name, models.get(name).inputRule.fixed ? { imageSize: [64, 64] } : {});
    explained(model, 64, (images) => {
      expect(() => gradCam(model, images, options)).toThrow(message);
      return { values: new Float32Array(0), shape: [0, 0, 0] as const };
    });
  });

  test('rollout of a network without attention between all patches', () => {
    const model = build('mobilenetv3_small_100');
    const images = imagesOf(64);
    expect(() => attentionRollout(model, images)).toThrow(/expected a ViT or a relative.*gradCam/s);
    expect(() => gradCam(model, tf.zeros([2, 2]) as unknown as tf.Tensor4D)).toThrow(/\[B,H,W,C\]/);
    images.dispose();
  });
});
