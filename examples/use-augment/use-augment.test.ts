import { pipelineFrom } from '@podium/augment';
import { type Image, Rng } from '@podium/core';
import { expect, test } from 'vitest';
import { pipeline, sheetOf, views, viewsOf } from './use-augment.ts';

const noise = Rng.fromSeed('image');
const image: Image = {
  width: 160,
  height: 120,
  channels: 3,
  data: Uint8Array.from({ length: 160 * 120 * 3 }, (_, i) => ((i / 7) % 200) + noise.int(30)),
};

test('use-augment makes a contact sheet and views', () => {
  const sheet = sheetOf(image);
  expect([sheet.width, sheet.height, sheet.channels]).toEqual([6 * 100 + 4, 4 * 100 + 4, 3]);
  expect(Buffer.from(sheetOf(image).data).equals(sheet.data)).toBe(true);
  expect(viewsOf(image).map(({ width, height }) => [width, height])).toEqual(views.map(() => [96, 96]));
  expect(views.map(({ name }) => name)).toEqual([
    'identity',
    'horizontalFlip',
    ...['topLeft', 'topRight', 'bottomLeft', 'bottomRight', 'center'].map((corner) => `fiveCrops.${corner}`),
  ]);
});

test('the spec of a pipeline is JSON that makes the same pipeline', () => {
  const again = pipelineFrom(JSON.parse(JSON.stringify(pipeline.spec)));
  expect(again.spec).toEqual(pipeline.spec);
  const [one, two] = [again, pipeline].map((made) => made.run(image, Rng.fromSeed(3)));
  expect(Buffer.from(one!.data).equals(two!.data)).toBe(true);
});
