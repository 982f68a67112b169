import sharp from 'sharp';
import { expect, test } from 'vitest';
import { readJpegHeader } from './jpeg-header.ts';

const image = sharp({ create: { width: 4, height: 3, channels: 3, background: 'gray' } });

/** A JPEG with this EXIF block after its start. */
async function withExif(block: Uint8Array): Promise<Buffer> {
  const plain = await image.clone().jpeg().toBuffer();
  const segment = Buffer.alloc(4 + 6 + block.length);
  segment.writeUInt16BE(0xffe1);
  segment.writeUInt16BE(segment.length - 2, 2);
  segment.write('Exif\0\0', 4, 'latin1');
  segment.set(block, 10);
  return Buffer.concat([plain.subarray(0, 2), segment, plain.subarray(2)]);
}

/** A TIFF with one directory, big-endian or little-endian: entries of a tag, a type, a count and a short value. */
function tiff(
  isLittle: boolean,
  entries: readonly (readonly [tag: number, type: number, value: number])[],
): Buffer {
  const bytes = new DataView(new ArrayBuffer(8 + 2 + 12 * entries.length + 4));
  const short = (at: number, value: number) => bytes.setUint16(at, value, isLittle);
  bytes.setUint16(0, isLittle ? 0x4949 : 0x4d4d);
  short(2, 42);
  bytes.setUint32(4, 8, isLittle);
  short(8, entries.length);
  for (const [i, [tag, type, value]] of entries.entries()) {
    const at = 10 + 12 * i;
    short(at, tag);
    short(at + 2, type);
    bytes.setUint32(at + 4, 1, isLittle);
    short(at + 8, value);
  }
  return Buffer.from(bytes.buffer);
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])('orientation %i as sharp writes it', async (orientation) => {
  const bytes = await image.clone().withMetadata({ orientation }).jpeg().toBuffer();
  expect(readJpegHeader(bytes)).toMatchObject({ width: 4, height: 3, turned: orientation !== 1 });
});

test.each([
  ['upright', tiff(true, [[274, 3, 1]]), false],
  ['upright, big-endian', tiff(false, [[274, 3, 1]]), false],
  ['silent', tiff(true, [[271, 3, 6]]), false],
  [
    'a quarter turn',
    tiff(false, [
      [271, 3, 1],
      [274, 3, 6],
    ]),
    true,
  ],
  [
    'of several, the first',
    tiff(true, [
      [274, 3, 6],
      [274, 3, 1],
    ]),
    true,
  ],
  ['of another type', tiff(true, [[274, 4, 1]]), true],
  ['no orientation that exists', tiff(true, [[274, 3, 9]]), true],
  [
    'cut off',
    tiff(true, [
      [271, 3, 1],
      [274, 3, 1],
    ]).subarray(0, 20),
    true,
  ],
  ['too short', tiff(true, []).subarray(0, 7), true],
  ['not a TIFF', Buffer.from('Exif data of some kind'), true],
] as const)('EXIF that is %s', async (_, block, turned) => {
  expect(readJpegHeader(await withExif(block))).toMatchObject({ turned });
});

test('no EXIF, and comments that only begin like it', async () => {
  const plain = await image.clone().jpeg().toBuffer();
  expect(readJpegHeader(plain)).toMatchObject({ turned: false });
  const two = await withExif(tiff(true, [[274, 3, 1]]));
  const second = await withExif(tiff(true, [[274, 3, 6]]));
  // The second of two blocks turns it.
  const segment = second.subarray(2, second.length - (plain.length - 2));
  expect(readJpegHeader(Buffer.concat([two.subarray(0, 2), segment, two.subarray(2)]))).toMatchObject({
    turned: true,
  });
});
