import sharp from 'sharp';
import { expect, test } from 'vitest';
import { png } from '../../test/images.ts';
import { row } from '../../test/rows.ts';
import { temporaryFolder, writeFiles } from '../../test/temporary-folder.ts';
import { deepPng } from '../testing/deep-png.ts';
import { tiff } from '../testing/tiff.ts';
import { type ValueRanges, withRanges } from './with-ranges.ts';

const SIDE = 8;
const ramp = Array.from({ length: SIDE * SIDE }, (_, i) => i);

test('new images are scaled as those of training, by the type of their values', async () => {
  const root = temporaryFolder();
  writeFiles(root, {
    'plain.png': await png(1),
    'deep.png': await deepPng(Uint16Array.from(ramp), SIDE, SIDE),
    'float.tif': tiff(
      Float32Array.from(ramp, (value) => value / 7),
      SIDE,
      SIDE,
      'float',
    ),
    'plain.tif': await sharp(await png(1))
      .tiff()
      .toBuffer(),
    'page.png': '<html>',
  });
  const files = ['plain.png', 'deep.png', 'float.tif', 'plain.tif', 'page.png', 'gone.png'];
  const rows = files.map((path) => row(path, undefined, { image: { kind: 'file', path } }));
  const found = async (ranges: ValueRanges | readonly [number, number] | 'own') =>
    (await withRanges(rows, root, ranges)).map(({ image }) => (image as { range?: unknown }).range);
  const none = undefined;
  expect(await found({ ushort: [0, 4095] })).toEqual([none, [0, 4095], none, none, none, none]);
  expect(await found({})).toEqual(files.map(() => none));
  expect(await found([0, 9])).toEqual([none, [0, 9], [0, 9], none, none, none]);
  expect(await found('own')).toEqual([none, [0, 63], [0, 9], none, none, none]);
});
