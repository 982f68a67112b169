import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { ImageSource } from '../manifest/types.ts';
import { deepPng } from '../testing/deep-png.ts';
import { tiff } from '../testing/tiff.ts';
import { decodeImage } from './decode-image.ts';

const root = await mkdtemp(join(tmpdir(), 'podium-deep-'));
const SIDE = 8;
const COUNT = SIDE * SIDE;
/** From 0 to 252. */
const ramp = Uint8Array.from({ length: COUNT }, (_, i) => i * 4);
const colors = Uint8Array.from({ length: COUNT * 3 }, (_, i) => (i * 7) % 256);

async function file(name: string, bytes: Uint8Array, range: readonly [number, number]): Promise<ImageSource> {
  await writeFile(join(root, name), bytes);
  return { kind: 'file', path: name, range };
}

const png16 = (values: Uint16Array, channels: 1 | 3 | 4) => deepPng(values, SIDE, SIDE, channels);

test.each<[string, Buffer, readonly [number, number], gray: boolean]>([
  [
    '12 bits in a 16-bit PNG',
    await png16(
      Uint16Array.from(ramp, (v) => v * 16),
      1,
    ),
    [0, 255 * 16],
    true,
  ],
  [
    '10 bits, in color',
    await png16(
      Uint16Array.from(colors, (v) => v * 4),
      3,
    ),
    [0, 255 * 4],
    false,
  ],
  [
    'all 16 bits',
    await png16(
      Uint16Array.from(ramp, (v) => v * 257),
      1,
    ),
    [0, 65535],
    true,
  ],
  [
    'unsigned 16-bit TIFF',
    tiff(
      Uint16Array.from(ramp, (v) => v * 16),
      SIDE,
      SIDE,
      'uint',
    ),
    [0, 255 * 16],
    true,
  ],
  [
    'heights',
    tiff(
      Int16Array.from(ramp, (v) => v * 10 - 1000),
      SIDE,
      SIDE,
      'int',
    ),
    [-1000, 1550],
    true,
  ],
  [
    '32-bit numbers',
    tiff(
      Int32Array.from(ramp, (v) => v * 100),
      SIDE,
      SIDE,
      'int',
    ),
    [0, 25500],
    true,
  ],
  [
    'unsigned 32-bit numbers',
    tiff(
      Uint32Array.from(ramp, (v) => v * 100),
      SIDE,
      SIDE,
      'uint',
    ),
    [0, 25500],
    true,
  ],
  [
    'floats up to 1',
    tiff(
      Float32Array.from(ramp, (v) => v / 255),
      SIDE,
      SIDE,
      'float',
    ),
    [0, 1],
    true,
  ],
  [
    'floats up to 4000',
    tiff(
      Float32Array.from(ramp, (v) => (v / 255) * 4000),
      SIDE,
      SIDE,
      'float',
    ),
    [0, 4000],
    true,
  ],
  [
    'negative floats',
    tiff(
      Float32Array.from(ramp, (v) => v / 255 - 0.5),
      SIDE,
      SIDE,
      'float',
    ),
    [-0.5, 0.5],
    true,
  ],
  [
    'floats in color',
    tiff(
      Float32Array.from(colors, (v) => v / 255),
      SIDE,
      SIDE,
      'float',
    ),
    [0, 1],
    false,
  ],
])('%s: scaled by its range', async (name, bytes, range, gray) => {
  const source = await file(name, bytes, range);
  const expected = gray ? Uint8Array.from({ length: COUNT * 3 }, (_, i) => ramp[Math.floor(i / 3)]!) : colors;
  const rgb = await decodeImage(source, { root });
  expect([rgb.width, rgb.height, rgb.channels]).toEqual([SIDE, SIDE, 3]);
  expect([...rgb.data]).toEqual([...expected]);
  const single = await decodeImage(source, { root, mode: 'gray' });
  expect(single.data).toHaveLength(COUNT);
  if (gray) expect([...single.data]).toEqual([...ramp]);
  const window = { left: 2, top: 3, width: 4, height: 4, outWidth: 4, outHeight: 4 } as const;
  const part = await decodeImage(source, {
    root,
    mode: 'gray',
    window: { ...window, interpolation: 'bilinear' },
  });
  expect(part.data[0]).toBe(single.data[3 * SIDE + 2]);
});

test('values out of the range are cut off, and those that are not numbers are black', async () => {
  const values = Float32Array.from(ramp, (v) => v / 255);
  values.set([-3, 7, Number.NaN, Number.POSITIVE_INFINITY]);
  const source = await file('odd.tif', tiff(values, SIDE, SIDE, 'float'), [0, 1]);
  const { data } = await decodeImage(source, { root, mode: 'gray' });
  expect([...data.subarray(0, 5)]).toEqual([0, 255, 0, 255, ramp[4]]);
});

test('transparent pixels show the background', async () => {
  const values = new Uint16Array(COUNT * 4).fill(4095);
  for (let i = 0; i < COUNT; i++) values[i * 4 + 3] = i < 8 ? 0 : 65535;
  const source = await file('glass.png', await png16(values, 4), [0, 8190]);
  const { data } = await decodeImage(source, { root, background: [9, 9, 9] });
  expect([data[0], data[8 * 3]]).toEqual([9, 128]);
});

test('a file that was replaced by one with 8 bits is decoded as such', async () => {
  const bytes = await sharp(ramp, { raw: { width: SIDE, height: SIDE, channels: 1 } })
    .png()
    .toBuffer();
  const { data } = await decodeImage(await file('plain.png', bytes, [0, 4095]), { root, mode: 'gray' });
  expect([...data]).toEqual([...ramp]);
});
