import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type PodiumError, type ReadWindow, resample } from '@podium/core';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import type { ImageSource } from '../manifest/types.ts';
import { decodeImage } from './decode-image.ts';

import { isSrgbProfile } from './srgb-profile.ts';

const root = await mkdtemp(join(tmpdir(), 'podium-decode-'));
const WIDTH = 64;
const HEIGHT = 48;

/** Smooth, so that lossy formats keep it, with a blue corner at the top left. */
const pixels = Buffer.alloc(WIDTH * HEIGHT * 3);
for (let y = 0; y < HEIGHT; y++) {
  for (let x = 0; x < WIDTH; x++) pixels.set([x * 4, y * 5, x < 20 && y < 20 ? 255 : 0], (y * WIDTH + x) * 3);
}
const drawn = () => sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
const jpeg = (image: Sharp) => image.jpeg({ quality: 100, chromaSubsampling: '4:4:4' });

async function file(name: string, content: Sharp | Uint8Array | string): Promise<ImageSource> {
  const bytes =
    typeof content === 'string' || content instanceof Uint8Array ? content : await content.toBuffer();
  await writeFile(join(root, name), bytes);
  return { kind: 'file', path: name };
}

const near = (actual: Uint8Array, expected: readonly number[], tolerance: number) => {
  for (const [i, value] of expected.entries()) {
    expect(Math.abs(actual[i]! - value), `${[...actual]} is not ${expected}`).toBeLessThanOrEqual(tolerance);
  }
};
const pixel = (image: { width: number; channels: number; data: Uint8Array }, x: number, y: number) =>
  image.data.subarray((y * image.width + x) * image.channels, (y * image.width + x + 1) * image.channels);

describe('every kind of file', () => {
  const kinds: [name: string, make: () => Sharp, rgb: readonly number[], gray: number, tolerance: number][] =
    [
      ['jpeg', () => jpeg(drawn()), [160, 50, 0], 88, 2],
      ['progressive jpeg', () => drawn().jpeg({ quality: 100, progressive: true }), [160, 50, 0], 88, 3],
      ['png', () => drawn().png(), [160, 50, 0], 88, 1],
      ['palette png', () => drawn().png({ palette: true, colors: 64 }), [160, 50, 0], 88, 24],
      ['16-bit png', () => drawn().toColorspace('rgb16').png(), [160, 50, 0], 88, 1],
      ['gray png', () => drawn().grayscale().png(), [88, 88, 88], 88, 1],
      ['16-bit gray png', () => drawn().toColorspace('grey16').png(), [88, 88, 88], 88, 1],
      ['gray jpeg', () => drawn().grayscale().jpeg({ quality: 100 }), [88, 88, 88], 88, 2],
      ['png with alpha, over white', () => drawn().ensureAlpha(0.5).png(), [207, 152, 128], 164, 2],
      ['gray png with alpha', () => drawn().grayscale().ensureAlpha(0.5).png(), [171, 171, 171], 171, 2],
      ['CMYK jpeg', () => drawn().toColorspace('cmyk').jpeg({ quality: 100 }), [170, 54, 0], 94, 16],
      ['Display P3 jpeg', () => jpeg(drawn().withIccProfile('p3')), [160, 50, 0], 88, 6],
      ['webp', () => drawn().webp({ lossless: true }), [160, 50, 0], 88, 1],
      ['gif', () => drawn().gif(), [160, 50, 0], 88, 16],
      ['tiff', () => drawn().tiff({ compression: 'lzw' }), [160, 50, 0], 88, 1],
      ['avif', () => drawn().avif({ quality: 90 }), [160, 50, 0], 88, 6],
    ];

  test.each(kinds)('%s', async (name, make, rgb, gray, tolerance) => {
    const source = await file(`kind ${name}`, make());
    const color = await decodeImage(source, { root });
    expect([color.width, color.height, color.channels]).toEqual([WIDTH, HEIGHT, 3]);
    near(pixel(color, 40, 10), rgb, tolerance);
    const single = await decodeImage(source, { root, mode: 'gray' });
    expect([single.width, single.height, single.channels]).toEqual([WIDTH, HEIGHT, 1]);
    near(pixel(single, 40, 10), [gray], tolerance);
    expect((await decodeImage(source, { root })).data).toEqual(color.data);

    const window: ReadWindow = {
      left: 3,
      top: 5,
      width: 40,
      height: 30,
      outWidth: 20,
      outHeight: 40,
      interpolation: 'bilinear',
    };
    const part = await decodeImage(source, { root, window });
    expect(part.data).toEqual(
      resample(color, { left: 3, top: 5, right: 43, bottom: 35 }, 20, 40, 'bilinear').data,
    );
  });
});

test('transparent pixels show the requested background', async () => {
  const source = await file('glass.png', drawn().ensureAlpha(0).png());
  const image = await decodeImage(source, { root, background: [1, 2, 3] });
  expect([...pixel(image, 30, 30)]).toEqual([1, 2, 3]);
});

test('sRGB profiles in any form change nothing; other profiles do', async () => {
  const same = await decodeImage(await file('none.jpg', jpeg(drawn())), { root });
  const made = await jpeg(drawn().withIccProfile('srgb')).toBuffer();
  const { icc } = await sharp(made).metadata();
  expect(isSrgbProfile(icc!)).toBe(true);
  expect((await decodeImage(await file('srgb.jpg', made), { root })).data).toEqual(same.data);
  const { icc: wide } = await sharp(await jpeg(drawn().withIccProfile('p3')).toBuffer()).metadata();
  expect(isSrgbProfile(wide!)).toBe(false);
  for (let length = 0; length < icc!.length; length++) {
    expect(isSrgbProfile(icc!.subarray(0, length))).toBe(false);
  }
  const other = Buffer.from(icc!);
  other.write('para', other.indexOf('para'));
  // The exponent 2.4 of the parametric curve becomes 2.2.
  other.writeInt32BE(Math.round(2.2 * 65536), other.indexOf('para') + 12);
  expect(isSrgbProfile(other)).toBe(false);
});

test.runIf(process.platform === 'linux')(
  'a pipe, a device and a folder are errors, and do not block',
  async () => {
    const [program, ...parameters] = ['mkfifo', join(root, 'pipe.jpg')] as const;
    spawnSync(program, parameters);
    await symlink('/dev/zero', join(root, 'zero.jpg'));
    await mkdir(join(root, 'folder.jpg'));
    for (const path of ['pipe.jpg', 'zero.jpg', 'folder.jpg']) {
      await expect(decodeImage({ kind: 'file', path }, { root })).rejects.toMatchObject({
        code: 'image-format',
      });
    }
  },
);

describe('EXIF rotation', () => {
  /** Where the stored pixel (5, 5), the blue one, is shown. */
  const shown: readonly [number, number][] = [
    [5, 5],
    [58, 5],
    [58, 42],
    [5, 42],
    [5, 5],
    [42, 5],
    [42, 58],
    [5, 58],
  ];

  test.each(shown.map((at, i) => [i + 1, at] as const))('orientation %i', async (orientation, [x, y]) => {
    const source = await file(`o${orientation}.jpg`, jpeg(drawn()).withMetadata({ orientation }));
    const image = await decodeImage(source, { root });
    expect([image.width, image.height]).toEqual(orientation < 5 ? [WIDTH, HEIGHT] : [HEIGHT, WIDTH]);
    near(pixel(image, x, y), [20, 25, 255], 3);
    // Windows count in the image as it is shown.
    const window: ReadWindow = {
      left: x - 3,
      top: y - 4,
      width: 6,
      height: 6,
      outWidth: 6,
      outHeight: 6,
      interpolation: 'bilinear',
    };
    const seen: unknown[] = [];
    const part = await decodeImage(source, {
      root,
      window: (size) => {
        seen.push(size);
        return window;
      },
    });
    expect(seen).toEqual([{ width: image.width, height: image.height }]);
    expect([...pixel(part, 3, 4)]).toEqual([...pixel(image, x, y)]);
  });
});

test.each([1, 6])(
  'a large JPEG is decoded at reduced size, to nearly the same image (orientation %i)',
  async (orientation) => {
    const large = drawn().resize(641, 479, { fit: 'fill' });
    const source = await file(`large${orientation}.jpg`, jpeg(large).withMetadata({ orientation }));
    const whole = await decodeImage(source, { root });
    const { width, height } = whole;
    for (const by of [1.5, 2, 3, 4.5, 9]) {
      const window: ReadWindow = {
        left: 31,
        top: 17,
        width: width - 50,
        height: height - 40,
        outWidth: Math.round((width - 50) / by),
        outHeight: Math.round((height - 40) / by),
        interpolation: 'bilinear',
      };
      const part = await decodeImage(source, { root, window });
      const box = { left: 31, top: 17, right: width - 19, bottom: height - 23 };
      const expected = resample(whole, box, window.outWidth, window.outHeight, 'bilinear');
      const difference = part.data.reduce((sum, v, i) => sum + Math.abs(v - expected.data[i]!), 0);
      expect(difference / part.data.length, `by ${by}`).toBeLessThan(1);
    }
  },
);

describe('errors name the file', async () => {
  const whole = await jpeg(drawn().resize(400, 300)).toBuffer();
  const png = await drawn().resize(400, 300).png().toBuffer();
  const cases: [name: string, content: Uint8Array | string, code: string][] = [
    ['empty.jpg', '', 'image-empty'],
    ['page.jpg', '<!DOCTYPE html><html></html>', 'image-format'],
    ['drawing.png', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>', 'image-format'],
    ['zeros.jpg', new Uint8Array(5000), 'image-format'],
    ['cut.jpg', whole.subarray(0, whole.length * 0.6), 'image-damaged'],
    ['last byte.jpg', whole.subarray(0, whole.length - 1), 'image-damaged'],
    ['cut.png', png.subarray(0, png.length * 0.6), 'image-damaged'],
    ['header.jpg', whole.subarray(0, 100), 'image-damaged'],
  ];

  test.each(cases)('%s', async (name, content, code) => {
    const source = await file(name, content);
    const window: ReadWindow = {
      left: 0,
      top: 0,
      width: 10,
      height: 10,
      outWidth: 10,
      outHeight: 10,
      interpolation: 'bilinear',
    };
    for (const options of [{ root }, { root, window }]) {
      const error = await decodeImage(source, options).then(
        () => undefined,
        (reason: PodiumError) => reason,
      );
      expect(error?.code, error?.message).toBe(code);
      expect(error?.problem.path?.file).toBe(name);
      expect(error?.problem.fix).toBeDefined();
    }
  });

  test('a decompression bomb is rejected by its size, before decoding', async () => {
    const bomb = await drawn().png().toBuffer();
    // A header that claims 60,000 x 60,000, with its checksum.
    bomb.writeUInt32BE(60_000, 16);
    bomb.writeUInt32BE(60_000, 20);
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    const source = await file('bomb.png', bomb);
    await expect(decodeImage(source, { root })).rejects.toMatchObject({ code: 'image-too-large' });
    const small = await file('small.jpg', jpeg(drawn()));
    await expect(decodeImage(small, { root, maxPixels: 100 })).rejects.toMatchObject({
      code: 'image-too-large',
    });
  });

  test('a window outside the image, a path outside the folder, a missing file', async () => {
    const source = await file('whole.png', drawn().png());
    const window: ReadWindow = {
      left: 60,
      top: 0,
      width: 10,
      height: 10,
      outWidth: 10,
      outHeight: 10,
      interpolation: 'bilinear',
    };
    await expect(decodeImage(source, { root, window })).rejects.toMatchObject({ code: 'image-window' });
    for (const path of ['../x.jpg', '/etc/passwd', 'a/../../x.jpg', '..']) {
      await expect(decodeImage({ kind: 'file', path }, { root })).rejects.toMatchObject({
        code: 'image-path-escapes',
      });
    }
    await expect(decodeImage({ kind: 'file', path: 'no.jpg' }, { root })).rejects.toMatchObject({
      code: 'file-not-found',
    });
  });
});

describe('raw pixels', () => {
  test('raw, at an offset', async () => {
    await file(
      'set.idx',
      Uint8Array.from({ length: 20 }, (_, i) => i),
    );
    const source: ImageSource = { kind: 'raw', path: 'set.idx', offset: 8, width: 3, height: 2, channels: 1 };
    const gray = await decodeImage(source, { root, mode: 'gray' });
    expect([...gray.data]).toEqual([8, 9, 10, 11, 12, 13]);
    const rgb = await decodeImage(source, { root });
    expect([...rgb.data.subarray(0, 6)]).toEqual([8, 8, 8, 9, 9, 9]);
    await expect(decodeImage({ ...source, offset: 15 }, { root })).rejects.toMatchObject({
      code: 'image-truncated',
    });
  });

  test('numbers as text, at a range', async () => {
    await file('table.csv', 'label,a,b,c,d\n7,0,255,12,3\n8,1,2,3,256\n9,1,2,3\n');
    const source = (offset: number, length: number): ImageSource => ({
      kind: 'text',
      path: 'table.csv',
      offset,
      length,
      width: 2,
      height: 2,
      channels: 1,
    });
    const image = await decodeImage(source(16, 10), { root, mode: 'gray' });
    expect([...image.data]).toEqual([0, 255, 12, 3]);
    for (const [offset, length] of [
      [29, 9],
      [41, 5],
      [0, 10],
    ] as const) {
      await expect(decodeImage(source(offset, length), { root })).rejects.toMatchObject({
        code: 'image-damaged',
      });
    }
  });
});
