import { PodiumError } from '@podium/core';
import { expect, test } from 'vitest';
import { IMAGE_URI, imageDataUri } from './image-data-uri.ts';

test.each([
  ['jpeg', [0xff, 0xd8, 0xff, 0xe0]],
  ['png', [0x89, 0x50, 0x4e, 0x47, 0x0d]],
  ['webp', [...Buffer.from('RIFF....WEBPVP8 ')]],
])('%s', (type, bytes) => {
  const uri = imageDataUri(Uint8Array.from(bytes));
  expect(uri).toBe(`data:image/${type};base64,${Buffer.from(bytes).toString('base64')}`);
  expect(uri).toMatch(IMAGE_URI);
});

test('only the view of a larger buffer is encoded', () => {
  const all = Uint8Array.from([1, 2, 0xff, 0xd8, 0xff, 9]);
  expect(imageDataUri(all.subarray(2, 5))).toBe('data:image/jpeg;base64,/9j/');
});

test('other bytes are rejected', () => {
  expect(() => imageDataUri(Buffer.from('<svg onload="alert(1)"/>'))).toThrow(PodiumError);
  expect(() => imageDataUri(new Uint8Array())).toThrow(PodiumError);
});
