import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { image } from '../../test/images.ts';
import { scanImage } from '../inspect/scan-image.ts';
import { scanImages } from '../inspect/scan-images.ts';
import type { ImageSource } from '../manifest/types.ts';
import { decodeImage } from './decode-image.ts';
import { mendJpeg } from './mend-jpeg.ts';

const root = await mkdtemp(join(tmpdir(), 'podium-harmless-'));
const LIMITS = { maxPixels: 1e8, maxBytes: 1e8 };

async function file(name: string, bytes: Uint8Array): Promise<Extract<ImageSource, { kind: 'file' }>> {
  await writeFile(join(root, name), bytes);
  return { kind: 'file', path: name };
}

const drawn = () => image(3, 256, 192);
const jpeg = await drawn().jpeg({ quality: 90 }).toBuffer();
const progressive = await drawn().jpeg({ progressive: true }).toBuffer();
const whole = await decodeImage(await file('whole.jpg', jpeg), { root });

const png = await drawn().png().toBuffer();

function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = joined(type, data);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length);
  frame.writeUInt32BE(crc32(body), 4);
  return joined(frame.subarray(0, 4), body, frame.subarray(4));
}

const joined = (...parts: (Uint8Array | string)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
const wrongText = pngChunk('tEXt', Buffer.from('a\0b'));
wrongText[wrongText.length - 1]! ^= 1;
const STRAY = '\0\x11\x22'.repeat(6);

/** Samsung's cameras write the bit positions of a progressive scan into sequential files. */
function samsung(bytes: Buffer): Buffer {
  const at = bytes.indexOf('\xff\xda', 0, 'latin1');
  const parameters = at + 5 + 2 * bytes[at + 4]!;
  return joined(bytes.subarray(0, parameters), '\0\x3f\x10', bytes.subarray(parameters + 3));
}

function strayInHeader(bytes: Buffer): Buffer {
  const at = bytes.indexOf('\xff\xdb', 0, 'latin1');
  return joined(bytes.subarray(0, at), STRAY, bytes.subarray(at));
}

const strayAtEnd = (bytes: Buffer) => joined(bytes.subarray(0, -2), STRAY, bytes.subarray(-2));

function otherVersion(bytes: Buffer): Buffer {
  const jfif = joined('\xff\xe0\0\x10JFIF\0\x09\x01\0\0\x01\0\x01\0\0');
  return joined(bytes.subarray(0, 2), jfif, bytes.subarray(2));
}

describe('files that other programs show whole', () => {
  test.each<[string, Buffer, string | undefined]>([
    ["Samsung's scan parameters", samsung(jpeg), 'the scan parameters of another type of JPEG'],
    ['bytes between segments', strayInHeader(jpeg), 'bytes between its segments'],
    ['bytes before the end', strayAtEnd(jpeg), undefined],
    ['another version of JFIF', otherVersion(jpeg), 'an unknown JFIF version'],
    [
      'all of these',
      samsung(strayInHeader(otherVersion(strayAtEnd(jpeg)))),
      'an unknown JFIF version and bytes between its segments and the scan parameters of another type of JPEG',
    ],
    ['bytes after the end', joined(jpeg, 'thumbnail'), undefined],
  ])('JPEG: %s', async (name, bytes, oddity) => {
    const source = await file(`${name}.jpg`, bytes);
    expect(Buffer.compare((await decodeImage(source, { root })).data, whole.data)).toBe(0);
    const window = { left: 20, top: 10, width: 128, height: 96, outWidth: 32, outHeight: 24 } as const;
    const options = { root, window: { ...window, interpolation: 'bilinear' as const } };
    const part = await decodeImage(source, options);
    // Without an end at its end, a file is decoded in full size and then scaled.
    if (!name.endsWith('after the end'))
      expect(part.data).toEqual((await decodeImage({ kind: 'file', path: 'whole.jpg' }, options)).data);
    const scan = await scanImage(root, source, LIMITS);
    expect(scan.fault).toBeUndefined();
    expect(scan.oddity).toBe(oddity);
  });

  test('JPEG: bytes before the end of a progressive file, which only inspection recognizes', async () => {
    const source = await file('progressive.jpg', strayAtEnd(progressive));
    const plain = await decodeImage(await file('plain.jpg', progressive), { root });
    const { scans } = await scanImages([{ root, source }], { ...LIMITS, concurrency: 4 });
    expect(scans[0]).toMatchObject({ oddity: 'bytes after its data', lenient: true });
    expect((await decodeImage({ ...source, damaged: true }, { root })).data).toEqual(plain.data);
  });

  const garbage = 'garbage profile '.repeat(20);
  test.each<[string, Buffer, Buffer]>([
    [
      'png',
      png,
      joined(png.subarray(0, 33), pngChunk('iCCP', joined('x\0\0', deflateSync(garbage))), png.subarray(33)),
    ],
    ['png, with sRGB', png, joined(png.subarray(0, 33), pngChunk('sRGB', Buffer.of(9)), png.subarray(33))],
    ['png, text with a wrong checksum', png, joined(png.subarray(0, 33), wrongText, png.subarray(33))],
    [
      'jpeg',
      jpeg,
      joined(jpeg.subarray(0, 2), '\xff\xe2\x01\x50ICC_PROFILE\0\x01\x01', garbage, jpeg.subarray(2)),
    ],
  ])('%s: a color profile or a note that is none', async (name, plain, bytes) => {
    const expected = await decodeImage(await file(`plain ${name}`, plain), { root });
    const source = await file(`odd ${name}`, bytes);
    expect((await decodeImage(source, { root })).data).toEqual(expected.data);
    expect((await scanImage(root, source, LIMITS)).fault).toBeUndefined();
  });
});

describe('damage behind a harmless fault is still found', () => {
  const cut = jpeg.subarray(0, Math.floor(jpeg.length * 0.6));
  const END = '\xff\xd9';
  test.each<[string, Uint8Array]>([
    ['cut short', cut],
    ['cut short, with an end', joined(cut, END)],
    ['Samsung, cut short', samsung(cut)],
    ['Samsung, cut short, with an end', samsung(joined(cut, END))],
    ['bytes in the header, cut short', strayInHeader(joined(cut, END))],
    ['progressive, cut short', progressive.subarray(0, Math.floor(progressive.length * 0.6))],
  ])('%s', async (name, bytes) => {
    const source = await file(`${name}.jpg`, bytes);
    await expect(decodeImage(source, { root })).rejects.toMatchObject({ code: 'image-damaged' });
    expect((await scanImage(root, source, LIMITS)).fault?.kind).toBe('truncated');
    // On request, what is left is used: the upper rows are right.
    const rest = await decodeImage({ ...source, damaged: true }, { root });
    expect([rest.width, rest.height]).toEqual([whole.width, whole.height]);
    if (!name.startsWith('progressive')) {
      const rows = whole.width * 3 * 40;
      expect(rest.data.subarray(0, rows).every((value, i) => value === whole.data[i])).toBe(true);
    }
  });
});

test('TIFF: an unexpected channel is no damage, missing and broken data are', async () => {
  const raw = await drawn().tiff({ compression: 'none' }).toBuffer();
  const packed = await drawn().tiff({ compression: 'lzw' }).toBuffer();
  // Without its tag of extra samples, a fourth channel is unexpected.
  const odd = await drawn().ensureAlpha(1).tiff({ compression: 'none' }).toBuffer();
  const directory = odd.readUInt32LE(4);
  for (let at = directory + 2; at < odd.length; at += 12) {
    if (odd.readUInt16LE(at) !== 338) continue;
    odd.writeUInt16LE(65_000, at);
    break;
  }
  const broken = Buffer.from(packed);
  broken.fill(0x55, 2000, 6000);
  const codes: (string | undefined)[] = [];
  for (const bytes of [raw, odd, raw.subarray(0, 80_000), broken]) {
    const { fault } = await scanImage(root, await file('x.tif', bytes), LIMITS);
    codes.push(fault?.kind);
  }
  expect(codes.slice(0, 2)).toEqual([undefined, undefined]);
  expect(codes.slice(2)).not.toContain(undefined);
});

test('mending changes only what is wrong', () => {
  expect(mendJpeg(jpeg)).toBeUndefined();
  expect(mendJpeg(progressive)).toBeUndefined();
  expect(mendJpeg(new Uint8Array(20))).toBeUndefined();
  expect(mendJpeg(jpeg.subarray(0, 30))).toBeUndefined();
  expect(mendJpeg(samsung(jpeg))?.bytes).toEqual(jpeg);
  expect(mendJpeg(strayInHeader(jpeg))?.bytes).toEqual(jpeg);
  expect(mendJpeg(samsung(strayInHeader(jpeg)))?.bytes).toEqual(jpeg);
});
