import { expect, test } from 'vitest';
import { hashBytes, shortHash } from './hash-bytes.ts';

/* Test vectors of FIPS 180-2. */
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

test('is SHA-256', () => {
  expect(hashBytes('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  expect(hashBytes('abc')).toBe(ABC);
  expect(hashBytes(new Uint8Array([0, 97, 98, 99]).subarray(1))).toBe(ABC);
  expect(hashBytes('é')).toBe(hashBytes(Buffer.from('é', 'utf8')));
});

test('a short hash is its beginning', () => {
  expect(shortHash(ABC)).toBe('ba7816bf8f01');
});

test.each(['', 'abc', ABC.toUpperCase(), `${ABC}0`, `${ABC.slice(1)}g`])('"%s" is no hash', (text) => {
  expect(() => shortHash(text)).toThrow(expect.objectContaining({ code: 'hash-malformed' }));
});
