import { readFile } from 'node:fs/promises';
import type { Image } from '@podium/core';
import sharp, { type Sharp } from 'sharp';
import { expect, test } from 'vitest';
import { compress } from './jpeg.ts';

const file = await readFile(new URL('../fixtures/golden/source.png', import.meta.url));

async function pixels(from: Sharp): Promise<Image> {
  const { data, info } = await from.raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: info.channels, data: new Uint8Array(data) };
}

function meanDifference(a: Image, b: Image): number {
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]!), 0) / a.data.length;
}

// libjpeg computes in integers and rounds after every step; the losses themselves are several levels large.
test.each([10, 30, 50, 75, 90])('quality %i loses what a real JPEG file loses', async (quality) => {
  // 91 x 67 does not fill its last blocks.
  const source = sharp(
    await sharp(file).extract({ left: 0, top: 0, width: 91, height: 67 }).png().toBuffer(),
  );
  const before = await pixels(source.clone());
  const encoded = await source
    .clone()
    .jpeg({ quality, chromaSubsampling: '4:2:0', mozjpeg: false })
    .toBuffer();
  const real = await pixels(sharp(encoded));
  const made = compress(before, quality);
  const loss = meanDifference(before, real);
  const off = meanDifference(made, real);
  expect(off).toBeLessThan(1);
  expect(off).toBeLessThan(loss / 4);
});

test('gray images too', async () => {
  const source = sharp(await sharp(file).toColorspace('b-w').png().toBuffer()).toColorspace('b-w');
  const before = await pixels(source.clone());
  const real = await pixels(sharp(await source.clone().jpeg({ quality: 40 }).toBuffer()).toColorspace('b-w'));
  expect([before.channels, real.channels]).toEqual([1, 1]);
  expect(meanDifference(compress(before, 40), real)).toBeLessThan(0.5);
});
