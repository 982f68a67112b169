import { crc32, deflateSync } from 'node:zlib';
import { Rng } from '@podium/core';
import { image as drawn } from '../images.ts';

/** A damaged image file. */
export interface Damaged {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Whether every decoder detects it: a flipped bit in a JPEG's pixels often gives just a different image. */
  readonly certain: boolean;
}

/** Damaged images of ten kinds, `perKind` of each; the same on every call. */
export async function damagedImages(perKind: number): Promise<Damaged[]> {
  const rng = Rng.fromSeed('damage');
  const sharpImages = Array.from({ length: perKind }, (_, i) => drawn(i, 150 + i, 120));
  const jpegs = await Promise.all(sharpImages.map((image) => image.clone().jpeg({ quality: 90 }).toBuffer()));
  const pngs = await Promise.all(sharpImages.map((image) => image.clone().png().toBuffer()));
  const webps = await Promise.all(sharpImages.map((image) => image.clone().webp().toBuffer()));
  const made: Damaged[] = [];
  const add = (kind: string, certain: boolean, make: (i: number, own: Rng) => Uint8Array) => {
    for (let i = 0; i < perKind; i++)
      made.push({ name: `${kind}-${i}.jpg`, certain, bytes: make(i, rng.split(kind, i)) });
  };
  const cut = (bytes: Uint8Array, own: Rng) => bytes.slice(0, 1 + own.int(bytes.length - 2));
  add('cut-jpeg', true, (i, own) => cut(jpegs[i] as Buffer, own));
  add('cut-png', true, (i, own) => cut((pngs[i] as Buffer).subarray(0, -12), own));
  add('cut-webp', true, (i, own) => cut(webps[i] as Buffer, own));
  add('empty', true, () => new Uint8Array());
  add('zeros', true, (_, own) => new Uint8Array(1 + own.int(50_000)));
  add('noise', true, (_, own) => Uint8Array.from({ length: 1 + own.int(5000) }, () => own.int(256)));
  add('wrong-type', true, (i) => Buffer.from(OTHERS[i % OTHERS.length]!, 'latin1'));
  add('bomb', true, (i) => bomb(pngs[i] as Buffer, 20_000 + 1000 * i));
  add('flipped-png', true, (i, own) => flip(pngs[i] as Buffer, own, 12, 40));
  add('flipped-jpeg', false, (i, own) => flip(jpegs[i] as Buffer, own, 0, 20));
  return made;
}

const OTHERS: readonly string[] = [
  '<!DOCTYPE html><html><body>404</body></html>',
  '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
  '%PDF-1.4\n1 0 obj <<>> endobj\n%%EOF',
  'PK\x03\x04\x14\x00\x00\x00',
  '\x1f\x8b\x08\x00\x00\x00\x00\x00',
  'GIF89a',
  'BM\x10\x00\x00\x00',
  'id,label\n1,cat\n',
  '\xff\xd8\xff\xe0',
  '\x89PNG\r\n\x1a\n',
  'RIFF\x10\x00\x00\x00WEBPVP8 ',
  '\xff\xd8\xff\xd9',
  'II*\x00\x08\x00\x00\x00',
];

/** A header with a size that exceeds any memory, its checksum, and a few compressed zeros. */
function bomb(png: Buffer, side: number): Uint8Array {
  const header = Buffer.from(png.subarray(0, 33));
  header.writeUInt32BE(side, 16);
  header.writeUInt32BE(side, 20);
  header.writeUInt32BE(crc32(header.subarray(12, 29)), 29);
  const data = deflateSync(Buffer.alloc(100_000));
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write('IDAT', 4, 'latin1');
  data.copy(chunk, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  return Buffer.concat([header, chunk, png.subarray(-12)]);
}

/** Flips bits of some bytes from `start` on, except at the end, which a decoder need not read. */
function flip(bytes: Buffer, rng: Rng, start: number, count: number): Uint8Array {
  const flipped = Uint8Array.from(bytes);
  for (let i = 0; i < count; i++) {
    const at = start + rng.int(bytes.length - start - 16);
    flipped[at] = flipped[at]! ^ (1 << rng.int(8));
  }
  return flipped;
}
