import { expect, test } from 'vitest';
import { extensionFits, formatLabel, formatOf, IMAGE_EXTENSION, isImage } from './file-format.ts';

const bytes = (text: string) => Buffer.from(text.padEnd(64, '\0'), 'latin1');
const box = (brand: string, compatible: string) => bytes(`\0\0\0\x1cftyp${brand}\0\0\0\0${compatible}`);

test.each([
  ['jpeg', bytes('\xff\xd8\xff\xe0')],
  ['png', bytes('\x89PNG\r\n\x1a\n')],
  ['gif', bytes('GIF89a')],
  ['webp', bytes('RIFF\x10\0\0\0WEBPVP8 ')],
  ['tiff', bytes('II*\0')],
  ['tiff', bytes('MM\0*')],
  ['tiff', bytes('II+\0')],
  ['avif', box('avif', 'mif1')],
  ['avif', box('mif1', 'mif1avif')],
  ['heic', box('heic', 'mif1heic')],
  ['heic', box('mif1', 'mif1heic')],
  ['unknown', box('isom', 'mp41')],
  ['bmp', bytes('BM\x36\x30\0\0\0\0\0\0')],
  ['jp2', bytes('\0\0\0\x0cjP  \r\n\x87\n')],
  ['jp2', bytes('\xff\x4f\xff\x51')],
  ['jxl', bytes('\xff\x0a')],
  ['jxl', bytes('\0\0\0\x0cJXL \r\n\x87\n')],
  ['pnm', bytes('P5\n64 64\n255\n')],
  ['pnm', bytes('P6 # made by hand\n')],
  ['unknown', bytes('P5 is a chapter')],
  ['dicom', Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')])],
  ['ico', bytes('\0\0\x01\0\x01\0')],
  ['psd', bytes('8BPS')],
  ['svg', bytes('<?xml version="1.0"?>\n<svg xmlns=""/>')],
  ['unknown', bytes('<?xml version="1.0"?>\n<annotation/>')],
  ['html', bytes('<!DOCTYPE html><html>')],
  ['zip', bytes('PK\x03\x04')],
  ['pdf', bytes('%PDF-1.7')],
  ['unknown', bytes('BMW is a brand of cars')],
  ['unknown', new Uint8Array()],
])('%s by its first bytes', (format, head) => {
  expect(formatOf(head)).toBe(format);
  expect(isImage(head)).toBe(!['html', 'zip', 'pdf', 'unknown'].includes(format));
  expect(formatLabel(formatOf(head))).toMatch(/^\S.*\S$/);
});

test('camera formats that are built on TIFF, and TGA, are told by the extension', () => {
  expect(formatOf(bytes('II*\0'), 'a/1.NEF')).toBe('raw');
  const tga = bytes('\0\0\x02');
  expect([formatOf(tga, '1.tga'), formatOf(tga, '1.bin')]).toEqual(['tga', 'unknown']);
});

test('extensions', () => {
  for (const name of ['1.jpg', '1.JPE', '1.jfif', '1.pgm', '1.jp2', '1.heif', '1.jxl', '1.dcm'])
    expect(IMAGE_EXTENSION.test(name), name).toBe(true);
  for (const name of ['aq.dog', '1.csv', 'jpg', '2.0', '1.hdr'])
    expect(IMAGE_EXTENSION.test(name), name).toBe(false);
  expect(extensionFits('1.JPE', 'jpeg')).toBe(true);
  expect(extensionFits('1.jpg', 'png')).toBe(false);
});
