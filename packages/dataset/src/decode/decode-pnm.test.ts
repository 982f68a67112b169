import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scanImage } from '../inspect/scan-image.ts';
import type { ImageSource } from '../manifest/types.ts';
import { decodeImage } from './decode-image.ts';

const root = await mkdtemp(join(tmpdir(), 'podium-pnm-'));
const LIMITS = { maxPixels: 1e6, maxBytes: 1e6 };

async function file(content: Uint8Array | string): Promise<Extract<ImageSource, { kind: 'file' }>> {
  await writeFile(join(root, 'x'), typeof content === 'string' ? Buffer.from(content, 'latin1') : content);
  return { kind: 'file', path: 'x' };
}

test.each<[title: string, content: string, size: string, gray: number[]]>([
  ['PGM', 'P5\n3 2\n255\n\x00\x10\x20\x30\x40\xff', '3x2', [0, 16, 32, 48, 64, 255]],
  [
    'PGM with comments',
    'P5 # drawn\n# by hand\n3 2 255\n\x00\x10\x20\x30\x40\xff',
    '3x2',
    [0, 16, 32, 48, 64, 255],
  ],
  ['PGM as text', 'P2\n3 2\n15\n0 1 2 # row\n3 14 15\n', '3x2', [0, 17, 34, 51, 238, 255]],
  ['PGM with 12 bits', 'P5\n2 1\n4095\n\x08\x00\x0f\xff', '2x1', [128, 255]],
  ['PBM, black is 1', 'P1\n3 2\n010\n1 0 1\n', '3x2', [255, 0, 255, 0, 255, 0]],
  [
    'PBM as bits, rows at whole bytes',
    'P4\n9 2\n\x80\x80\x00\x00',
    '9x2',
    [0, ...Array(7).fill(255), 0, ...Array(9).fill(255)],
  ],
  ['PPM', 'P6\n1 2\n255\n\x00\x00\x00\xff\xff\xff', '1x2', [0, 255]],
  ['PPM as text', 'P3 1 1 100 100 100 100', '1x1', [255]],
])('%s', async (_, content, size, gray) => {
  const source = await file(content);
  const image = await decodeImage(source, { root, mode: 'gray' });
  expect([`${image.width}x${image.height}`, image.channels, [...image.data]]).toEqual([size, 1, gray]);
  const rgb = await decodeImage(source, { root });
  expect([...rgb.data]).toEqual(gray.flatMap((value) => [value, value, value]));
  const scan = await scanImage(root, source, LIMITS);
  expect(scan).toMatchObject({ format: 'pnm', width: image.width, height: image.height });
  expect(scan.fault).toBeUndefined();
});

test('colors, and a window', async () => {
  const source = await file('P6\n2 1\n255\n\x01\x02\x03\x0a\x14\x1e');
  expect([...(await decodeImage(source, { root })).data]).toEqual([1, 2, 3, 10, 20, 30]);
  const window = { left: 1, top: 0, width: 1, height: 1, outWidth: 1, outHeight: 1 } as const;
  const part = await decodeImage(source, { root, window: { ...window, interpolation: 'bilinear' } });
  expect([...part.data]).toEqual([10, 20, 30]);
});

test.each([
  ['cut short', 'P5\n3 2\n255\n\x00\x10', 'truncated'],
  ['text cut short', 'P2\n3 2\n255\n1 2', 'truncated'],
  ['values above white', 'P2\n2 1\n7\n1 9', 'truncated'],
  ['no size', 'P5\n0 2\n255\n', 'unreadable'],
  ['no header', 'P5\n3', 'unreadable'],
  ['too many pixels', 'P5\n30000 30000\n255\n', 'too-large'],
])('%s is a fault, and never crashes', async (_, content, kind) => {
  const source = await file(content);
  expect((await scanImage(root, source, LIMITS)).fault?.kind).toBe(kind);
  const code = kind === 'too-large' ? 'image-too-large' : 'image-damaged';
  await expect(decodeImage(source, { root, maxPixels: 1e6 })).rejects.toMatchObject({ code });
  if (kind !== 'truncated') return;
  const scan = await scanImage(root, source, { ...LIMITS, damaged: 'use' });
  expect(scan).toMatchObject({ lenient: true, damage: expect.any(String) });
  expect((await decodeImage({ ...source, damaged: true }, { root })).width).toBe(scan.width);
});
