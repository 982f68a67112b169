import { deepPng, tiff } from '@podium/dataset/testing';
import sharp from 'sharp';
import type { Case } from './case.ts';
import { type CaseFolder, drawn, lines, pixels, range } from './case-folder.ts';

const PETS = ['cat', 'dog', 'owl'] as const;
const pet = (i: number): string => PETS[i % 3]!;
const jpeg = (kind: number, seed: number): Promise<Buffer> =>
  drawn(kind, seed).jpeg({ quality: 95 }).toBuffer();

/** Training JPEGs by turns and their table; six test images and their sample submission. */
async function pets(
  folder: CaseFolder,
  train: (bytes: Buffer, i: number) => Buffer,
  test: (bytes: Buffer, i: number) => Buffer,
): Promise<void> {
  for (const i of range(45)) await folder.file(`train/a${i}.jpg`, train(await jpeg(i % 3, i), i));
  for (const i of range(6)) await folder.file(`test/t${i}.jpg`, test(await jpeg(i % 3, 700 + i), i));
  await folder.file('train.csv', lines('id,label', ...range(45).map((i) => `a${i},${pet(i)}`)));
  await folder.file('sample_submission.csv', lines('id,label', ...range(6).map((i) => `t${i},owl`)));
}

const whole = (bytes: Buffer): Buffer => bytes;
const petAnswer = range(6).map((i) => [`t${i}`, pet(i)]);

/** Images as cameras, scanners, programs and bad downloads leave them. */
export const imageCases: readonly Case[] = [
  ...(
    [
      ['i16-test-html', (): Buffer => Buffer.from('<!DOCTYPE html><html><body>404 Not Found</body></html>')],
      ['i16-test-truncated', (bytes: Buffer): Buffer => bytes.subarray(0, (bytes.length * 2) / 3)],
      ['i16-test-zerobyte', (): Buffer => Buffer.alloc(0)],
    ] as const
  ).map(
    ([name, damage]): Case => ({
      name,
      draw: (folder) => pets(folder, whole, (bytes, i) => (i === 2 ? damage(bytes) : bytes)),
      settings: { submission: { unpredicted: 'sample' } },
      right: { submission: petAnswer, told: [/t2/] },
    }),
  ),
  {
    name: 'i16b-test-truncated-refused',
    draw: (folder) =>
      pets(folder, whole, (bytes, i) => (i === 0 ? bytes.subarray(0, bytes.length / 2) : bytes)),
    right: { refused: [/t0/, /data\.accept/] },
  },
  {
    name: 'i17-sizes',
    draw: async (folder) => {
      const sizes = [
        [1, 1],
        [1, 400],
        [400, 1],
        [3, 2000],
        [8000, 120],
      ] as const;
      const sized = async (
        name: string,
        i: number,
        seed: number,
        size: readonly [number, number] | undefined,
      ) => {
        if (size === undefined) return await folder.image(name, i % 3, seed);
        const [width, height] = size;
        const image = drawn(i % 3, seed).resize(width, height, { fit: 'fill', kernel: 'nearest' });
        const data = await image.raw().toBuffer();
        // The first pixels differ, or an image that is one pixel wide would be of one color.
        data.set(pixels(i % 3, seed).subarray(0, Math.min(12, data.length / 4)));
        const raw = { width, height, channels: 3 } as const;
        await folder.file(name, await sharp(data, { raw }).png().toBuffer());
      };
      for (const i of range(45)) await sized(`train/${i}.png`, i, i, sizes[i]);
      for (const i of range(6))
        await sized(`test/t${i}.png`, i, 700 + i, [[8000, 120] as const, [1, 1] as const][i]);
      await folder.file('train.csv', lines('id,label', ...range(45).map((i) => `${i},${pet(i)}`)));
      await folder.file('sample_submission.csv', lines('id,label', ...range(6).map((i) => `t${i},cat`)));
    },
    // A single pixel has a single color, and shows nothing to learn from.
    right: { rows: 44, told: [/1 of 45 training rows.*single color/] },
  },
  {
    name: 'i18-formats',
    draw: async (folder) => {
      const plain = (kind: number, seed: number) => drawn(kind, seed);
      const files: readonly (readonly [string, number, Promise<Buffer>])[] = [
        ['plain.jpg', 0, jpeg(0, 1)],
        ['cmyk.jpg', 0, plain(0, 2).toColorspace('cmyk').jpeg({ quality: 95 }).toBuffer()],
        ['progressive.jpg', 1, plain(1, 3).jpeg({ progressive: true }).toBuffer()],
        ['palette.png', 0, plain(0, 4).png({ palette: true }).toBuffer()],
        ['alpha.png', 1, plain(1, 5).ensureAlpha(0.5).png().toBuffer()],
        ['still.gif', 1, plain(1, 6).gif().toBuffer()],
        ['lossless.webp', 0, plain(0, 7).webp({ lossless: true }).toBuffer()],
        ['profile.jpg', 1, plain(1, 8).withIccProfile('p3').jpeg({ quality: 95 }).toBuffer()],
        ['lab.tif', 0, plain(0, 9).toColorspace('lab').tiff().toBuffer()],
        ['sixteen.png', 1, plain(1, 10).toColorspace('rgb16').png().toBuffer()],
        ['png-named.jpg', 0, plain(0, 11).png().toBuffer()],
        ['still.avif', 1, plain(1, 12).avif({ quality: 90 }).toBuffer()],
        ['scan.tif', 1, plain(1, 13).tiff({ compression: 'lzw' }).toBuffer()],
      ];
      for (const [name, , bytes] of files) await folder.file(`train/${name}`, await bytes);
      for (const i of range(20)) await folder.image(`train/${i}.png`, i % 2, 100 + i);
      await folder.file(
        'train.csv',
        lines(
          'id,label',
          ...files.map(([name, kind]) => `${name},${'rg'[kind]}`),
          ...range(20).map((i) => `${i}.png,${'rg'[i % 2]}`),
        ),
      );
    },
    right: { classes: { label: ['g', 'r'] }, rows: 33 },
  },
  {
    name: 'i30-same-ids-broken-train',
    draw: async (folder) => {
      for (const i of range(45)) {
        const bytes = await jpeg(i % 3, i);
        await folder.file(`train/${i}.jpg`, i === 1 ? bytes.subarray(0, bytes.length / 2) : bytes);
      }
      for (const i of range(6)) await folder.file(`test/${i}.jpg`, await jpeg(i % 3, 700 + i));
      await folder.file('train.csv', lines('id,label', ...range(45).map((i) => `${i},${pet(i)}`)));
      await folder.file('sample_submission.csv', lines('id,label', ...range(6).map((i) => `${i},cat`)));
    },
    right: {
      rows: 44,
      submission: range(6).map((i) => [String(i), pet(i)]),
      told: [/1 of 45 training rows/],
    },
  },
  {
    name: 'j11-12bit',
    draw: (folder) => grays(folder, (level, seed) => gray16(level, seed, (value) => value * 16)),
    right: { told: [/12.bit|4095/] },
  },
  {
    name: 'j15-only-one-format-lost',
    draw: async (folder) => {
      const extension = (i: number) => ['jpg', 'jp2', 'pgm'][Math.floor(i / 3) % 3]!;
      const signature = Buffer.from('\0\0\0\x0cjP  \r\n\x87\n', 'latin1');
      for (const i of range(45)) {
        const name = `train/${i}.${extension(i)}`;
        if (extension(i) === 'jpg') await folder.image(name, i % 3, i);
        else if (extension(i) === 'jp2') await folder.file(name, signature);
        else await folder.file(name, pgm(i));
      }
      await folder.file(
        'train.csv',
        lines('id,label', ...range(45).map((i) => `${i}.${extension(i)},${pet(i)}`)),
      );
    },
    settings: { data: { layout: 'csv' } },
    right: { refused: [/jp2|JPEG 2000/] },
  },
  {
    name: 's08-samsung-jpeg',
    source: 'lovell/sharp#1578',
    draw: (folder) => pets(folder, wildJpeg, wildJpeg),
    right: { rows: 45, submission: petAnswer },
  },
  {
    name: 's09-16bit-png',
    source: 'python-pillow/Pillow#3011',
    draw: (folder) => grays(folder, (level, seed) => gray16(level, seed, (value) => value * 257)),
    right: { classes: { label: ['dark', 'light', 'mid'] }, rows: 45 },
  },
  {
    name: 's10-float-tiff',
    source: 'lovell/sharp#3929',
    draw: async (folder) => {
      const scale = [1 / 255, 16, 300] as const;
      for (const i of range(45)) await folder.file(`train/${i}.tif`, floatTiff(i, scale[i % 3]!));
      await folder.file('train.csv', lines('id,label', ...range(45).map((i) => `${i},${pet(i)}`)));
    },
    right: { refused: [/float/] },
  },
  {
    name: 's10b-float-tiff-one-range',
    source: 'lovell/sharp#3929',
    draw: (folder) => grays(folder, (level, seed) => floatTiff(seed, 1 / 255, level), 'tif'),
    right: { classes: { label: ['dark', 'light', 'mid'] }, rows: 45 },
  },
  {
    name: 's21-bmp-heic-pgm',
    source: 'tensorflow/tensorflow#38901',
    draw: async (folder) => {
      for (const i of range(60)) {
        const format = ['bmp', 'jpg', 'tif', 'pgm', 'jp2'][Math.floor(i / 3) % 5]!;
        const name = `train/${pet(i)}/${i}.${format}`;
        if (format === 'pgm') await folder.file(name, pgm(i));
        else if (format === 'jp2') await folder.file(name, Buffer.from('\0\0\0\x0cjP  \r\n\x87\n', 'latin1'));
        else if (format === 'tif')
          await folder.file(
            name,
            await drawn(i % 3, i)
              .tiff()
              .toBuffer(),
          );
        else await folder.file(name, bmp(i % 3, i));
      }
    },
    right: { refused: [/jp2|JPEG 2000/] },
  },
  {
    name: 's26-exif',
    source: 'tensorflow/tensorflow#49834',
    draw: async (folder) => {
      const turns = new Map([
        [1, 0],
        [3, 180],
        [6, 270],
        [8, 90],
      ]);
      for (const i of range(48)) {
        const orientation = [1, 3, 6, 8][Math.floor(i / 4) % 4]!;
        const shown = await drawn(i % 2 ? [1, 1, 0] : [0, 1, 1], i)
          .rotate(90)
          .png()
          .toBuffer();
        const stored = sharp(shown).rotate(turns.get(orientation)!).jpeg({ quality: 95 });
        await folder.file(`train/${i}.jpg`, await stored.withMetadata({ orientation }).toBuffer());
      }
      await folder.file(
        'train.csv',
        lines('id,label', ...range(48).map((i) => `${i},${i % 2 ? 'down' : 'up'}`)),
      );
    },
    right: { classes: { label: ['down', 'up'] }, rows: 48 },
  },
  {
    name: 's29-iccp-png',
    source: 'wkentaro/labelme#318',
    draw: async (folder) => {
      for (const i of range(36)) {
        const bytes = await drawn(i % 3, i)
          .png()
          .toBuffer();
        await folder.file(`train/${i}.png`, i % 2 ? withBrokenProfile(bytes) : bytes);
      }
      await folder.file('train.csv', lines('id,label', ...range(36).map((i) => `${i},${pet(i)}`)));
    },
    right: { rows: 36 },
  },
  {
    name: 's18-symlinks',
    source: 'huggingface/pytorch-image-models#334',
    draw: drawLinks,
    right: { refused: [/link/, /followLinks|allowOutsideLinks/] },
  },
  {
    name: 's18b-symlinks-allowed',
    source: 'huggingface/pytorch-image-models#334',
    draw: drawLinks,
    settings: { data: { allowOutsideLinks: true } },
    right: { classes: { label: PETS }, rows: 36 },
  },
];

async function drawLinks(folder: CaseFolder): Promise<void> {
  for (const i of range(36)) {
    const stored = `store/others/blob${i}.png`;
    await folder.outside(
      stored,
      await drawn(i % 3, i)
        .png()
        .toBuffer(),
    );
    await folder.link(`train/${pet(i)}/${i}.png`, stored);
  }
  for (const i of range(6)) await folder.image(`test/${i}.png`, i % 3, 500 + i);
}

/** Gray images of three brightnesses. */
async function grays(
  folder: CaseFolder,
  encode: (level: number, seed: number) => Buffer | Promise<Buffer>,
  extension = 'png',
): Promise<void> {
  const levels = [
    ['dark', 40],
    ['mid', 120],
    ['light', 220],
  ] as const;
  for (const i of range(45)) await folder.file(`train/${i}.${extension}`, await encode(levels[i % 3]![1], i));
  await folder.file('train.csv', lines('id,label', ...range(45).map((i) => `${i},${levels[i % 3]![0]}`)));
}

/** One level with full black and full white in the corners. */
function levels(level: number, seed: number): Uint8Array {
  const noise = pixels(-1, seed);
  return Uint8Array.from({ length: 32 * 32 }, (_, at) => {
    if (at < 2) return at * 255;
    const value = noise[at * 3]!;
    return value === 112 ? level : value;
  });
}

function gray16(level: number, seed: number, stretch: (value: number) => number): Promise<Buffer> {
  const data = Uint16Array.from(levels(level, seed), stretch);
  return deepPng(data, 32, 32);
}

function floatTiff(seed: number, scale: number, level = 120): Buffer {
  const data = Float32Array.from(levels(level, seed), (value) => value * scale);
  return tiff(data, 32, 32, 'float');
}

function pgm(seed: number): Buffer {
  return Buffer.concat([Buffer.from('P5\n32 32\n255\n'), levels(40 + (seed % 3) * 80, seed)]);
}

/** An uncompressed BMP with 24 bits per pixel, from the bottom row up. */
function bmp(kind: number, seed: number): Buffer {
  const rgb = pixels(kind, seed);
  const header = Buffer.alloc(54);
  header.write('BM');
  header.writeUInt32LE(54 + rgb.length, 2);
  header.writeUInt32LE(54, 10);
  header.writeUInt32LE(40, 14);
  header.writeInt32LE(32, 18);
  header.writeInt32LE(32, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(24, 28);
  header.writeUInt32LE(rgb.length, 34);
  const body = Buffer.alloc(rgb.length);
  for (const y of range(32)) {
    for (const x of range(32)) {
      const from = (y * 32 + x) * 3;
      const to = ((31 - y) * 32 + x) * 3;
      for (const c of range(3)) body[to + c] = rgb[from + 2 - c]!;
    }
  }
  return Buffer.concat([header, body]);
}

/** What cameras and programs do to JPEGs that browsers show whole all the same. */
function wildJpeg(bytes: Buffer, i: number): Buffer {
  const startOfScan = bytes.indexOf(Buffer.from([0xff, 0xda]));
  if (i < 3) {
    // Samsung: the last byte of the scan's parameters is not 0 in a sequential file.
    const last = startOfScan + 4 + 1 + 2 * bytes[startOfScan + 4]! + 2;
    return Buffer.concat([bytes.subarray(0, last), Buffer.from([0x10]), bytes.subarray(last + 1)]);
  }
  const table = bytes.indexOf(Buffer.from([0xff, 0xdb]));
  if (i < 5) return Buffer.concat([bytes.subarray(0, table), Buffer.alloc(18), bytes.subarray(table)]);
  if (i < 7)
    return Buffer.concat([
      bytes.subarray(0, -2),
      Buffer.from('\0\x11\x22'.repeat(40), 'latin1'),
      bytes.subarray(-2),
    ]);
  return bytes;
}

/** Adds an iCCP chunk whose profile is not one, after the header. */
function withBrokenProfile(png: Buffer): Buffer {
  const body = Buffer.concat([
    Buffer.from('iCCPbad\0\0', 'latin1'),
    Buffer.from('garbage profile '.repeat(20)),
  ]);
  const chunk = Buffer.alloc(8 + body.length);
  chunk.writeUInt32BE(body.length - 4, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), 4 + body.length);
  const afterHeader = 8 + 25;
  return Buffer.concat([png.subarray(0, afterHeader), chunk, png.subarray(afterHeader)]);
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (const _ of range(8)) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
